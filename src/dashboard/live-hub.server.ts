import type { LiveEvent } from '../contract/index.ts'
import { attachPrefix, detach } from '../kernel/index.ts'
import { after, type Context, defineServer, noreply, reply, ServerTraced } from '../otp/index.ts'
import {
  awaiting,
  buildChanged,
  type Changes,
  type News,
  noChanges,
  PAUSE_MS,
  taken,
} from './live-changes.ts'
import { buildNews, expected, farmNews, type KnownWorkers, snapshot } from './live-news.ts'
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
  readonly workers: KnownWorkers
}

/** Workers' heartbeats and the processes' counters change without a word; they are looked at this often. */
const PULSE_MS = 2_000
/** After a load that failed. */
const RETRY_MS = 1_000

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
  start: () => after(PULSE_MS, 'pulse'),
  calls: {
    /** Sends the reader a snapshot and from then on every change; false when there is none to be had now. */
    async join(state, reader: LiveReader) {
      // First the ears, then the eyes: what changes while the snapshot is read is told after it.
      state.readers.add(reader)
      const events = await snapshot(state.source).catch(expected)
      if (!events) state.readers.delete(reader)
      for (const event of events ?? []) reader.send(event)
      return reply(events !== undefined, state)
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
      return noreply(tell(state, events ?? []))
    },
    pulse(state, _message, ctx) {
      const next = state.readers.size === 0 ? state : wanted(wanted(state, 'farm', ctx), 'tree', ctx)
      return noreply(next, after(PULSE_MS, 'pulse'))
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
  attachPrefix(telemetryId, 'otp.', (event) => {
    // What a traced process does is told to who traces it; and this one may be traced itself.
    if (event !== ServerTraced.name) tellSelf('process')
  })
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
    return noreply(await published(next, news, builds))
  } catch (error) {
    expected(error)
    const changes = builds.reduce(buildChanged, rest)
    return noreply(wanted({ ...state, changes }, news, ctx, RETRY_MS))
  }
}

async function published(state: State, news: News, builds: readonly string[]): Promise<State> {
  const { source, workers } = state
  switch (news) {
    case 'builds':
      return tell(state, await buildNews(source, builds))
    case 'tree':
      return tell(state, [{ type: 'tree', tree: await source.tree() }])
    case 'farm': {
      const farm = await farmNews(source, workers)
      return tell({ ...state, workers: farm.known }, farm.news)
    }
  }
}

function tell(state: State, events: readonly LiveEvent[]): State {
  for (const reader of state.readers) for (const event of events) reader.send(event)
  return state
}
