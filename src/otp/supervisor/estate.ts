import type { ExitReason } from '../exit.ts'

/** How the life ended whose state is offered for restoration. */
export interface Crash {
  readonly reason: ExitReason
  /** Lives in a row that began with a restored state: what keeps coming back may be what crashes. */
  readonly restored: number
}

/** A state without an owner. */
export interface Legacy {
  readonly state: unknown
  readonly crash: Crash
}

/**
 * What a crashed child leaves to its next life. The supervisor holds it: it goes
 * when the child is stopped in an orderly way, and with the supervisor itself.
 */
export class Estate {
  private left: Legacy | undefined
  private restored = 0

  /** Takes over what another estate gave away. */
  constructor(left?: Legacy) {
    this.left = left
  }

  /** Lives in a row that were restored, the running one included. */
  get lives(): number {
    return this.restored
  }

  leave(state: unknown, reason: ExitReason): void {
    this.left = { state, crash: { reason, restored: this.restored } }
  }

  /** Gives it away: a state is offered once. */
  take(): Legacy | undefined {
    const { left } = this
    this.clear()
    if (left) this.restored = left.crash.restored + 1
    return left
  }

  clear(): void {
    this.left = undefined
    this.restored = 0
  }
}
