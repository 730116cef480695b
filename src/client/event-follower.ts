import type { Clock } from '../kernel/index.ts'
import { ClientError, unreachable } from './client-error.ts'
import { readEvents, type ServerEvent } from './server-events.ts'
import type { Transport } from './transport.ts'

/** Where to begin and when to stop following. */
export interface FollowOptions {
  /** Resume after the event with this id. */
  readonly after?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The server pings every 15 s; a stream silent for this long is dead, whatever TCP thinks. */
const SILENCE_MAX_MS = 45_000
const PAUSE_MS = 250
const PAUSE_MAX_MS = 10_000

/**
 * Follows a stream for as long as the caller iterates. A stream that breaks is
 * taken up again after the last event seen, with growing pauses, so nothing is
 * missed or seen twice; refusals (4xx) and the caller's abort end it.
 */
export async function* follow(
  transport: Transport,
  path: string,
  { after = '', signal }: FollowOptions = {},
): AsyncGenerator<ServerEvent, never> {
  const seen = { id: after, pauseMs: PAUSE_MS }
  for (;;) {
    try {
      yield* connect(transport, path, seen, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (!mayPass(error)) throw error
    }
    await pause(transport, seen.pauseMs, signal)
    seen.pauseMs = Math.min(seen.pauseMs * 2, PAUSE_MAX_MS)
  }
}

/** How far a stream was followed; any event shows that the server is well. */
interface Seen {
  id: string
  pauseMs: number
}

/** One connection, until it ends, breaks or falls silent. */
async function* connect(
  { clock, send }: Transport,
  path: string,
  seen: Seen,
  signal: AbortSignal | undefined,
): AsyncGenerator<ServerEvent, undefined> {
  const dead = new AbortController()
  const silence = clock && watchSilence(clock, () => dead.abort(new Error('the stream fell silent')))
  const headers = { accept: 'text/event-stream', 'last-event-id': seen.id || undefined }
  try {
    const both = signal ? AbortSignal.any([signal, dead.signal]) : dead.signal
    const { body } = await send(path, { headers, signal: both })
    for await (const event of body ? readEvents(body, silence?.broken) : []) {
      seen.id = event.id === '' ? seen.id : event.id
      seen.pauseMs = PAUSE_MS
      if (event.type !== 'bye') yield event
    }
  } finally {
    silence?.end()
  }
}

/** Calls `onSilence` once nothing has broken the silence for too long. */
function watchSilence(clock: Clock, onSilence: () => void) {
  let timer = clock.after(SILENCE_MAX_MS, onSilence)
  return {
    broken: (): void => {
      timer.cancel()
      timer = clock.after(SILENCE_MAX_MS, onSilence)
    },
    end: (): void => timer.cancel(),
  }
}

/** Broken connections and a server that is restarting are worth another try. */
function mayPass(error: unknown): boolean {
  if (error instanceof ClientError) return error.status === 0 || error.status >= 500
  return error instanceof Error
}

async function pause({ url, clock }: Transport, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (!clock) throw unreachable(url, undefined)
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(ms, done)
    const stop = (): void => {
      timer.cancel()
      reject(signal?.reason as Error)
    }
    function done(): void {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
