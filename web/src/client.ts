import { ClientError, createClient } from '../../src/client/index.ts'
import type { Clock } from '../../src/kernel/index.ts'

/** The browser's clock, as the client needs it to pause before it reconnects. */
const browserClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Calls the server this page came from; the session's cookie speaks for the reader. */
export const client = createClient({ url: location.origin, clock: browserClock })

/** What went wrong and what to do about it, for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const wayOut = error instanceof ClientError ? error.wayOut : undefined
  return [error.message.replace(/[.\s]*$/, '.'), wayOut].filter(Boolean).join(' ')
}
