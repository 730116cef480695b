/**
 * Fetches every page of every property and writes it down, once. What the journal
 * holds is done; everything else is handed to the dispatcher. It may be killed
 * at any time and started again.
 *
 * `sync.ts <api> <journal> <properties> <pages>`
 */

import { type Batch, defineDispatcher, RetryLater, type Ticket } from '../../src/dispatch/index.ts'
import { createRuntime } from '../../src/otp/index.ts'
import { type Bars, progressBars } from './bars.ts'
import { Journal } from './journal.ts'

/** One page of one property. */
interface Page {
  readonly property: string
  readonly page: number
}

const COORDINATORS = 2
/** Most requests at once, for each coordinator. */
const CONCURRENCY = 3
/** An answer that takes longer is not worth waiting for. */
const PATIENCE_MS = 400

const [api = '', path = '', properties = '0', pages = '0'] = process.argv.slice(2)
const names = Array.from({ length: Number(properties) }, (_, index) => `site-${index + 1}`)
const journal = await Journal.open(path)
const bars = progressBars(process.stdout, names, Number(pages))
const counts = new Map(names.map((name) => [name, 0]))
/** Who waits for the next finished batch. */
const waiting: (() => void)[] = []
for (const id of journal.done) count(id.split('/')[0] ?? '', bars)

const Sync = defineDispatcher<Page>({
  name: 'sync',
  coordinators: COORDINATORS,
  queueMax: 20,
  inFlightMax: CONCURRENCY,
  whenSaturated: 'queue',
  rateLimit: { allowed: 10, intervalMs: 1_000, burst: 5 },
  backoff: { initialMs: 50, maxMs: 1_000 },
  workers: { concurrency: CONCURRENCY, run: fetchPage },
})

/** Batches that wait are promises and background timers, neither of which keeps Node alive. */
const alive = setInterval(() => {}, 60_000)
const runtime = createRuntime()
await Sync.startLink({ runtime })
const sync = Sync.at(runtime)
/** A full coordinator holds up its own keys only. */
const lanes = Array.from({ length: COORDINATORS }, (_, lane) =>
  missing().filter(({ key = '' }) => sync.coordinatorOf(key) === lane),
)
await Promise.all(lanes.map(feed))
await sync.drain()
const dead = await sync.deadBatches()
await runtime.stop()
clearInterval(alive)
await journal.close()
if (dead.length > 0) console.error(`given up: ${dead.map(({ id }) => id).join(', ')}`)
process.exitCode = dead.length > 0 ? 1 : 0
if (process.connected) process.disconnect()

/** The batches that are not in the journal. */
function missing(): Batch<Page>[] {
  return names
    .flatMap((property) =>
      Array.from({ length: Number(pages) }, (_, page) => ({
        id: `${property}/${page}`,
        key: property,
        payload: { property, page },
      })),
    )
    .filter(({ id }) => !journal.done.has(id))
}

/** Hands in one batch after the other; a refusal is a reason to wait until something is done. */
async function feed(batches: readonly Batch<Page>[]): Promise<void> {
  for (const batch of batches) {
    while (!(await sync.enqueue(batch)).ok) {
      await new Promise<void>((goOn) => {
        waiting.push(goOn)
      })
    }
  }
}

async function fetchPage(
  { id, payload }: Ticket<Page>,
  ctx: { readonly signal: AbortSignal },
): Promise<void> {
  const { property, page } = payload
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(PATIENCE_MS)])
  const response = await fetch(`${api}/properties/${property}/pages/${page}`, { signal })
  if (response.status === 429) throw new RetryLater(Number(response.headers.get('retry-after-ms')))
  if (!response.ok) throw new Error(`the API answered ${response.status}`)
  const { rows } = (await response.json()) as { readonly rows: readonly string[] }
  if (await journal.append({ id, rows })) count(property, bars)
  process.send?.(journal.done.size)
  for (const goOn of waiting.splice(0)) goOn()
}

function count(property: string, shown: Bars): void {
  const done = (counts.get(property) ?? 0) + 1
  counts.set(property, done)
  shown.update(property, done)
}
