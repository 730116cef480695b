import { computed, effect, signal, untracked } from '@preact/signals'
import type { BuildView } from '../../src/contract/index.ts'
import { client } from './client.ts'
import { epoch, onBuild } from './live.ts'
import { nowMs } from './now.ts'
import { type Throughput, throughput } from './throughput.ts'

const PAGE = 200
const PAGES_MAX = 5
const HOUR = 3_600_000

type Builds = ReadonlyMap<string, BuildView>

const recent = signal<Builds>(new Map())

/** True when there were more builds than are looked at: what is shown is a part. */
export const partial = signal(false)

/** What ended in the last hour, as far as the list of builds tells. */
export const lastHour = computed<Throughput>(() => throughput(recent.value.values(), nowMs.value))

/** Collects the builds of the last hour and then follows the events. */
export function startHistory(): void {
  onBuild((build) => {
    if (build.finished_at !== null) recent.value = ofLastHour([...recent.value.values(), build])
  })
  effect(() => {
    if (epoch.value > 0) untracked(() => void collect())
  })
}

/**
 * Reads pages until one is older than the hour. A build submitted long before
 * and finished just now is not on them; it is counted when its event arrives.
 * When the server cannot be asked, what is known stays.
 */
async function collect(): Promise<void> {
  const sinceMs = nowMs.value - HOUR
  const found: BuildView[] = []
  let before: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const reply = await client.builds.list({ before, limit: PAGE }).catch(() => undefined)
    if (!reply) return
    found.push(...reply.builds)
    before = reply.next ?? undefined
    const oldest = found.at(-1)
    if (oldest === undefined || Date.parse(oldest.submitted_at) < sinceMs) before = undefined
    if (before === undefined) break
  }
  partial.value = before !== undefined
  recent.value = ofLastHour([...found, ...recent.value.values()])
}

function ofLastHour(builds: readonly BuildView[]): Builds {
  const sinceMs = nowMs.value - HOUR
  const ended = builds.filter(({ finished_at: at }) => at !== null && Date.parse(at) >= sinceMs)
  return new Map(ended.map((build) => [build.id, build]))
}
