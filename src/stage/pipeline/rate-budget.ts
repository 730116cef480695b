import { EventQueue } from '../event-queue.ts'

/** How many messages all producers of a pipeline together may let out. */
export interface RateLimiting {
  readonly allowedMessages: number
  readonly intervalMs: number
}

/** What is left of the running interval; shared by the limiter and the producers of one pipeline. */
export class RateBudget {
  private left: number

  constructor(allowed: number) {
    this.left = allowed
  }

  get isSpent(): boolean {
    return this.left <= 0
  }

  /** Takes up to `wanted` and says how many that is. */
  take(wanted: number): number {
    const taken = Math.min(wanted, this.left)
    this.left -= taken
    return taken
  }

  reset(allowed: number): void {
    this.left = allowed
  }
}

/**
 * One producer's side of the limit: messages beyond the budget wait here, and
 * so does demand, which is what makes the source wait.
 */
export class RateGate {
  private readonly budget: RateBudget | undefined
  private readonly due: (message: unknown) => void
  private held = new EventQueue<unknown>()
  private readonly demands: number[] = []
  private closed = false

  /** `due` hears of a message that was held, once all before it may go. */
  constructor(budget: RateBudget | undefined, due: (message: unknown) => void) {
    this.budget = budget
    this.due = due
  }

  get isEmpty(): boolean {
    return this.held.isEmpty
  }

  /** What of `messages`, and of those that wait, may go now. */
  pass(messages: readonly unknown[]): readonly unknown[] {
    if (!this.budget) return messages
    this.held = this.held.add(messages)
    return this.release(this.budget)
  }

  /** Keeps a place behind what waits for a message; false when nothing waits. */
  hold(message: unknown): boolean {
    if (this.held.isEmpty) return false
    this.held = this.held.addInfo(message)
    return true
  }

  /** A new interval: what waits may go, as far as it reaches. */
  reopen(): readonly unknown[] {
    if (!this.budget || !this.closed) return []
    this.closed = false
    return this.release(this.budget)
  }

  /** Whether demand must wait; then it is kept. */
  holds(demand: number): boolean {
    if (this.closed) this.demands.push(demand)
    return this.closed
  }

  /** Demand that waited; undefined while closed, or when none does. */
  nextDemand(): number | undefined {
    return this.closed ? undefined : this.demands.shift()
  }

  private release(budget: RateBudget): readonly unknown[] {
    if (this.closed) return []
    const released: (readonly unknown[])[] = []
    for (let room = budget.take(this.held.size); room > 0; ) {
      const { events, infos, queue } = this.held.take(room)
      this.held = queue
      room -= events.length
      released.push(events)
      for (const message of infos) this.due(message)
    }
    this.closed = budget.isSpent
    return released.flat(1)
  }
}
