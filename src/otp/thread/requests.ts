/** So many may lie about before those that nobody waits for are looked for. */
const SWEEP_FROM = 1_024

/** Anything somebody may have stopped waiting for. */
interface Open {
  readonly isOpen: boolean
}

/** Requests on their way, by number, until they are answered. */
export class Requests<R extends Open> {
  private readonly waiting = new Map<number, R>()
  private lastId = 0
  private sweepAt = SWEEP_FROM

  add(request: R): number {
    if (this.waiting.size >= this.sweepAt) this.sweep()
    this.waiting.set(++this.lastId, request)
    return this.lastId
  }

  take(id: number): R | undefined {
    const request = this.waiting.get(id)
    this.waiting.delete(id)
    return request
  }

  /** Calls that ran into their time limit may never be answered. */
  private sweep(): void {
    for (const [id, request] of this.waiting) if (!request.isOpen) this.waiting.delete(id)
    this.sweepAt = Math.max(SWEEP_FROM, this.waiting.size * 2)
  }
}
