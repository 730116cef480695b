import { ClientError } from '../client/index.ts'
import type { Clock } from '../kernel/index.ts'

/** What trying again needs. */
export interface RetryContext {
  readonly clock: Clock
  /** Between 0 and 1, so that many agents do not come back in step. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Told before each pause. */
  readonly onRetry?: ((cause: unknown, delayMs: number) => void) | undefined
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * Repeats `work` until it succeeds, is refused for good, or the signal aborts.
 *
 * Pauses double from half a second to 15 s, each shortened by up to half by chance. Only
 * what may pass is repeated: no answer, timeouts, 5xx but 507, 408, 425 and 429.
 */
export async function retrying<T>(context: RetryContext, work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    context.signal.throwIfAborted()
    try {
      return await work()
    } catch (cause) {
      if (!mayPass(cause)) throw cause
      const delayMs = pauseMs(failures, context.random())
      context.onRetry?.(cause, delayMs)
      await pause(context.clock, delayMs, context.signal)
    }
  }
}

/** Milliseconds before the next try, after so many failures in a row before this one. */
export function pauseMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10))
  return Math.round(full * (1 - random / 2))
}

/** Waits; rejects with the signal's reason when it aborts. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let stop = (): void => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(delayMs, resolve)
      stop = () => {
        timer.cancel()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', stop, { once: true })
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** True for failures of the way or of a busy server; false for refusals, a full disk among them. */
export function mayPass(cause: unknown): boolean {
  if (!(cause instanceof ClientError)) return false
  const { status, code } = cause
  if (code === 'server_unreachable' || code === 'timeout') return true
  return [408, 425, 429].includes(status) || (status >= 500 && status !== 507)
}

/** True when the server says that the build is not in these hands any more. */
export function isLost(cause: unknown): boolean {
  return cause instanceof ClientError && [401, 403, 404, 409, 410].includes(cause.status)
}
