import type { LiveEvent, WorkerView } from '../contract/index.ts'
import { attachPrefix, detach, emit, Problem } from '../kernel/index.ts'
import { CallError, type Context, defineServer, noreply, reply } from '../otp/index.ts'
import { LiveLoadFailed } from './dashboard.events.ts'
import {
  awaiting,
  buildChanged,
  type Changes,
  type News,
  noChanges,
  PAUSE_MS,
  taken,
} from './live-changes.ts'
import type { LiveSource } from './live-source.ts'

/** Somebody who watches; told everything from a snapshot on. */
export interface LiveReader {
  /** Must not throw; a reader that is gone or too slow drops what it is sent. */
  send(event: LiveEvent): void
  /** The hub has no more news: come back for a new snapshot. */
  close(): void
}

interface State {
  readonly source: LiveSource
  /** Shared with the callbacks that run outside of the process. */
  readonly readers: Set<LiveReader>
  readonly changes: Changes
  /** Workers as the readers know them, as JSON by id. */
  readonly workers: ReadonlyMap<string, string>
}

/** Workers' heartbeats and the processes' counters change without a word; they are looked at this often. */
const PULSE_MS = 2_000
/** After a load that failed. */
const RETRY_MS = 1_000
const BUILDS_AT_START = 50
const LOADS_AT_ONCE = 8

/** The registered name of the hub. */
export const LIVE_HUB = 'dashboard.live'

/**
 * Tells every open dashboard what changes on this node and on the farm: each
 * change is loaded once, however many watch, and bursts become one event.
 *
 * Owns the open streams. A crash closes them; browsers come back within a
 * second and start from a new snapshot, so nothing stays stale. With nobody
 * watching it does nothing.
 */
export const LiveHub = defineServer({
  name: LIVE_HUB,
  init: (source: LiveSource, ctx): State => {
    const readers = new Set<LiveReader>()
    listen(source, readers, ctx)
    return { source, readers, changes: noChanges, workers: new Map() }
  },
  start: (_state, ctx) => {
    ctx.sendAfter(PULSE_MS, ctx.self, 'pulse')
    return undefined
  },
  calls: {
    /** Sends the reader a snapshot and from then on every change; false when there is none to be had now. */
    async join(state, reader: LiveReader) {
      const events = await snapshot(state.source).catch(expected)
      if (!events) return reply(false, state)
      for (const event of events) reader.send(event)
      state.readers.add(reader)
      return reply(true, state)
    },
  },
  casts: {
    leave(state, reader: LiveReader) {
      state.readers.delete(reader)
      return noreply(state)
    },
  },
  info: {
    build: (state, { id }: { readonly type: 'build'; readonly id: string }, ctx) => {
      const changes = buildChanged(state.changes, id)
      return noreply(wanted(wanted({ ...state, changes }, 'builds', ctx), 'farm', ctx))
    },
    worker: (state, _change, ctx) => noreply(wanted(state, 'farm', ctx)),
    process: (state, _change, ctx) => noreply(wanted(state, 'tree', ctx)),
    async gap(state) {
      const events = await snapshot(state.source).catch(expected)
      for (const event of events ?? []) tell(state, event)
      return noreply(state)
    },
    pulse(state, _message, ctx) {
      ctx.sendAfter(PULSE_MS, ctx.self, 'pulse')
      return noreply(state.readers.size === 0 ? state : wanted(wanted(state, 'farm', ctx), 'tree', ctx))
    },
    due: (state, { news }: { readonly type: 'due'; readonly news: News }, ctx) => publish(state, news, ctx),
  },
})

/** Turns what happens outside into messages; all of it ends with the process. */
function listen(source: LiveSource, readers: Set<LiveReader>, { self, runtime, signal }: Context): void {
  const tellSelf = (message: unknown): void => {
    if (readers.size > 0) runtime.send(self, message)
  }
  const telemetryId = `${LIVE_HUB} ${self.id}`
  attachPrefix(telemetryId, 'otp.', () => tellSelf('process'))
  const stop = source.onChange(
    ({ kind, id }) => {
      if (kind !== 'log') tellSelf({ type: kind, id })
    },
    () => tellSelf('gap'),
  )
  signal.addEventListener('abort', () => {
    stop()
    detach(telemetryId)
    for (const reader of readers) reader.close()
  })
}

/** Starts the pause of some news, unless it runs. */
function wanted(state: State, news: News, ctx: Context, pauseMs = PAUSE_MS[news]): State {
  if (state.changes.due.has(news)) return state
  ctx.sendAfter(pauseMs, ctx.self, { type: 'due', news })
  return { ...state, changes: awaiting(state.changes, news) }
}

/** Loads and sends what is due; what cannot be loaded now is tried again. */
async function publish(state: State, news: News, ctx: Context) {
  const { builds, rest } = taken(state.changes, news)
  const next = { ...state, changes: rest }
  if (state.readers.size === 0) return noreply(next)
  try {
    if (news === 'builds') await publishBuilds(next, builds)
    if (news === 'tree') tell(next, { type: 'tree', tree: await state.source.tree() })
    return noreply(news === 'farm' ? await publishFarm(next) : next)
  } catch (error) {
    expected(error)
    const changes = builds.reduce(buildChanged, rest)
    return noreply(wanted({ ...state, changes }, news, ctx, RETRY_MS))
  }
}

async function publishBuilds(state: State, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += LOADS_AT_ONCE) {
    const loaded = await Promise.all(ids.slice(at, at + LOADS_AT_ONCE).map((id) => state.source.build(id)))
    for (const build of loaded) if (build) tell(state, { type: 'build', build })
  }
}

async function publishFarm(state: State): Promise<State> {
  const [counts, workers] = await Promise.all([state.source.counts(), state.source.workers()])
  tell(state, { type: 'counts', counts })
  const changed = workers.filter((worker) => state.workers.get(worker.id) !== JSON.stringify(worker))
  for (const worker of changed) tell(state, { type: 'worker', worker })
  return { ...state, workers: byId(workers) }
}

function byId(workers: readonly WorkerView[]): ReadonlyMap<string, string> {
  return new Map(workers.map((worker) => [worker.id, JSON.stringify(worker)]))
}

function tell({ readers }: State, event: LiveEvent): void {
  for (const reader of readers) reader.send(event)
}

/** Everything a page needs to begin with; builds oldest first, as if they had just come in. */
async function snapshot(source: LiveSource): Promise<readonly LiveEvent[]> {
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

/** A database or supervisor that is away for a moment is no bug; everything else is, and ends the hub. */
function expected(error: unknown): undefined {
  if (!(error instanceof Problem || error instanceof CallError)) throw error
  emit(LiveLoadFailed, { reason: error.message })
}
