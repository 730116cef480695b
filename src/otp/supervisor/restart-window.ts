/** How many restarts a supervisor makes before it gives up. */
export interface RestartLimits {
  /** 3 by default; one more within the window is too many. */
  readonly maxRestarts?: number | undefined
  /** 5 by default; fractions are allowed. */
  readonly maxSeconds?: number | undefined
}

/** The sliding window over restart attempts, by the monotonic clock. */
export class RestartWindow {
  readonly maxRestarts: number
  private readonly windowMs: number
  private attemptsMs: readonly number[] = []

  constructor({ maxRestarts = 3, maxSeconds = 5 }: RestartLimits) {
    this.maxRestarts = maxRestarts
    this.windowMs = maxSeconds * 1_000
  }

  /** Notes an attempt; false when it is one too many. */
  allows(nowMs: number): boolean {
    this.attemptsMs = [...this.attemptsMs.filter((atMs) => nowMs - atMs <= this.windowMs), nowMs]
    return this.attemptsMs.length <= this.maxRestarts
  }
}
