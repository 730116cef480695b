import type { LiveEvent, WorkerView } from '../contract/index.ts'
import { emit, Problem } from '../kernel/index.ts'
import { CallError } from '../otp/index.ts'
import { LiveLoadFailed } from './dashboard.events.ts'
import type { LiveSource } from './live-source.ts'

const BUILDS_AT_START = 50
const LOADS_AT_ONCE = 8

/** Workers as the readers know them, as JSON by id. */
export type KnownWorkers = ReadonlyMap<string, string>

/** Everything a page needs to begin with; builds oldest first, as if they had just come in. */
export async function snapshot(source: LiveSource): Promise<readonly LiveEvent[]> {
  const [counts, workers, tree, builds] = await Promise.all([
    source.counts(),
    source.workers(),
    source.tree(),
    source.latestBuilds(BUILDS_AT_START),
  ])
  return [
    { type: 'counts', counts },
    ...workers.map((worker) => ({ type: 'worker' as const, worker })),
    { type: 'tree', tree },
    ...builds.toReversed().map((build) => ({ type: 'build' as const, build })),
  ]
}

/** The builds as they are now; one that is gone is no news. */
export async function buildNews(source: LiveSource, ids: readonly string[]): Promise<readonly LiveEvent[]> {
  const news: LiveEvent[] = []
  for (let at = 0; at < ids.length; at += LOADS_AT_ONCE) {
    const loaded = await Promise.all(ids.slice(at, at + LOADS_AT_ONCE).map((id) => source.build(id)))
    for (const build of loaded) if (build) news.push({ type: 'build', build })
  }
  return news
}

/** The counts, and the workers that are not as the readers know them. */
export async function farmNews(source: LiveSource, before: KnownWorkers) {
  const [counts, workers] = await Promise.all([source.counts(), source.workers()])
  const known: KnownWorkers = new Map(workers.map((worker) => [worker.id, JSON.stringify(worker)]))
  const changed = workers.filter(({ id }) => before.get(id) !== known.get(id))
  return { news: [{ type: 'counts' as const, counts }, ...changed.map(workerEvent)], known }
}

const workerEvent = (worker: WorkerView) => ({ type: 'worker', worker }) as const

/** A database or supervisor that is away for a moment is no bug; everything else is, and ends the hub. */
export function expected(error: unknown): undefined {
  if (!(error instanceof Problem || error instanceof CallError)) throw error
  emit(LiveLoadFailed, { reason: error.message })
}
