import type { Clock } from '../kernel/index.ts'
import { settle } from './settle.ts'

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`. Timers fire in order, each at its own moment, and
   * everything that follows from one settles before the next.
   */
  advance(ms: number): Promise<void>
  /** Timers that wait: a leak check after a test wants 0. */
  readonly pending: number
}

interface Waiting {
  readonly dueMs: number
  readonly fire: () => void
}

/** Makes a virtual clock; its wall time starts at `startMs`, 2026-01-01 UTC by default. */
export function virtualClock(startMs: number = Date.UTC(2026, 0, 1)): VirtualClock {
  const waiting = new Set<Waiting>()
  let elapsedMs = 0
  const next = (untilMs: number): Waiting | undefined =>
    [...waiting].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    get pending() {
      return waiting.size
    },
    after(delayMs, fire) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), fire }
      waiting.add(timer)
      return { cancel: () => void waiting.delete(timer) }
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await settle()
      for (let timer = next(untilMs); timer; timer = next(untilMs)) {
        waiting.delete(timer)
        elapsedMs = timer.dueMs
        timer.fire()
        await settle()
      }
      elapsedMs = untilMs
    },
  }
}
