/** How the pauses between tries grow. */
export interface BackoffPolicy {
  /** The pause after the first failure. */
  readonly initialMs: number
  /** The longest pause. */
  readonly maxMs: number
  /** By how much each pause is longer than the one before; 2 by default. */
  readonly factor?: number | undefined
  /** The part of a pause that chance may take off, from 0 to 1; a half by default, so that nobody comes back in step. */
  readonly jitter?: number | undefined
}

/** The pause after so many failures in a row, 1 for the first; `random` from 0 up to 1. */
export function backoffMs(policy: BackoffPolicy, failures: number, random: number): number {
  const { initialMs, maxMs, factor = 2, jitter = 0.5 } = policy
  const full = Math.min(maxMs, initialMs * factor ** Math.max(0, failures - 1))
  return Math.round(full * (1 - jitter * random))
}
