/**
 * A library that can run counters: an actor that is asked and told things, one
 * after the other. `A` is what a user of the library holds of a running one.
 */
export interface Rival<A = unknown> {
  readonly name: string
  /** What its numbers leave out, compared with ours. */
  readonly note?: string
  start(): Promise<A> | A
  /** Asks for the count and waits for the answer. */
  call(actor: A): Promise<number>
  /** Adds one and does not wait. */
  cast(actor: A): void
  /** Calls one after the other while `more` says so, the way this library's users would write it. */
  callWhile(actor: A, more: () => boolean): Promise<unknown>
  /** Ends it for good, and waits for that if the library can. */
  stop(actor: A): unknown
}

/** A rival whose calls are promises, and are awaited one by one. */
export function awaiting<A>(rival: Omit<Rival<A>, 'callWhile'>): Rival<A> {
  return {
    ...rival,
    async callWhile(actor, more) {
      while (more()) await rival.call(actor)
    },
  }
}
