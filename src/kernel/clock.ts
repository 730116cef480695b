/** A pending timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * Time, handed in. Production uses `systemClock`; tests a virtual one.
 *
 * `nowMs` is wall time and may jump; durations and deadlines are measured with
 * `monotonicMs`, which never goes back. Leases use neither: the database's clock
 * decides them.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number
  /** Milliseconds since an arbitrary start; never decreases. */
  monotonicMs(): number
  /**
   * Runs `fire` once, `delayMs` from now. Longer delays than Node's timers can
   * hold (24.8 days) are waited out in parts. With `background` the timer does
   * not keep the process alive.
   */
  after(delayMs: number, fire: () => void, options?: { readonly background?: boolean }): Timer
}

/** Node fires a longer timeout after 1 ms instead. */
const LONGEST_TIMEOUT_MS = 2_147_483_647

/** The clock of this machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire, options) {
    const dueMs = performance.now() + Math.max(0, delayMs)
    let handle: NodeJS.Timeout
    const arm = (): void => {
      const leftMs = dueMs - performance.now()
      handle = leftMs > LONGEST_TIMEOUT_MS ? setTimeout(arm, LONGEST_TIMEOUT_MS) : setTimeout(fire, leftMs)
      if (options?.background) handle.unref()
    }
    arm()
    return { cancel: () => clearTimeout(handle) }
  },
}
