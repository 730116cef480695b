/** What is agreed between a consumer and one producer, in events. */
export interface DemandWindow {
  readonly min: number
  readonly max: number
  /** Asked for and not handled yet. */
  readonly outstanding: number
}

/** One call of `handleEvents`, and what to ask for after it. */
export interface Batch<E> {
  readonly events: readonly E[]
  readonly ask: number
}

/** A delivery, cut. */
export interface Split<E> {
  readonly batches: readonly Batch<E>[]
  readonly window: DemandWindow
  /** Events that nobody had asked for: a producer that breaks the protocol. */
  readonly excess: number
}

/**
 * Cuts a delivery into batches of `max - min` events; after each one that takes
 * the outstanding demand to `min` or below, demand is topped up to `max`.
 */
export function splitBatches<E>(events: readonly E[], window: DemandWindow): Split<E> {
  const { min, max } = window
  const batches: Batch<E>[] = []
  let outstanding = window.outstanding
  let owed = window.outstanding
  let excess = 0
  for (let from = 0; from < events.length; from += max - min) {
    const part = events.length <= max - min ? events : events.slice(from, from + max - min)
    const counted = Math.min(part.length, owed)
    excess += part.length - counted
    owed -= counted
    const left = outstanding - counted
    outstanding = left <= min ? max : left
    batches.push({ events: part, ask: outstanding - left })
  }
  return { batches, window: { min, max, outstanding }, excess }
}
