import { computed, effect, signal, untracked } from '@preact/signals'
import type { BuildView } from '../../src/contract/index.ts'
import { client } from './client.ts'
import { epoch, onBuild } from './live.ts'
import { nowMs } from './now.ts'
import { type Throughput, throughput } from './throughput.ts'

const PAGE = 200
const PAGES_MAX = 5
const HOUR = 3_600_000

const recent = signal<ReadonlyMap<string, BuildView>>(new Map())

/** Builds are counted only this far back when there were very many; undefined when all are here. */
export const countedSince = signal<string | undefined>(undefined)

/** What ended in the last hour, as far as the list of builds tells. */
export const lastHour = computed<Throughput>(() => throughput(recent.value.values(), nowMs.value))

/** Collects the builds of the last hour and then follows the events. */
export function startHistory(): void {
  onBuild((build) => {
    if (build.finished_at !== null) recent.value = new Map(recent.value).set(build.id, build)
  })
  effect(() => {
    if (epoch.value > 0) untracked(() => void collect())
  })
}

/**
 * Reads pages until one is older than the hour. A build submitted long before
 * and finished just now is not on them; it is counted when its event arrives.
 */
async function collect(): Promise<void> {
  const found = new Map<string, BuildView>()
  const sinceMs = nowMs.value - HOUR
  let before: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { builds, next } = await client.builds
      .list({ before, limit: PAGE })
      .catch(() => ({ builds: [], next: null }))
    for (const build of builds) if (build.finished_at !== null) found.set(build.id, build)
    const oldest = builds.at(-1)?.submitted_at
    countedSince.value = oldest
    if (next === null || (oldest !== undefined && Date.parse(oldest) < sinceMs)) {
      countedSince.value = undefined
      break
    }
    before = next
  }
  recent.value = found
}
