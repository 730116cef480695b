import type { EventQueue } from './event-queue.ts'

/** How many events beyond demand a stage keeps, and which ones when there are more. */
export interface BufferLimit {
  /** Most events kept; `Infinity` is allowed. */
  readonly size: number
  /** At the limit, `last` drops the oldest, `first` refuses the newest. */
  readonly keep: 'first' | 'last'
}

/** The buffer afterwards, and what it cost. */
export interface Stored<E> {
  readonly queue: EventQueue<E>
  readonly discarded: number
  /** Infos whose turn has come because the events before them were dropped. */
  readonly infos: readonly unknown[]
}

/** Stores events that nobody asked for yet. */
export function storeEvents<E>(queue: EventQueue<E>, events: readonly E[], limit: BufferLimit): Stored<E> {
  const excess = Math.max(0, queue.size + events.length - limit.size)
  if (excess === 0) return { queue: queue.add(events), discarded: 0, infos: [] }
  if (limit.keep === 'first') {
    return { queue: queue.add(events.slice(0, events.length - excess)), discarded: excess, infos: [] }
  }
  const { queue: kept, infos } = dropOldest(queue, Math.min(excess, queue.size))
  return { queue: kept.add(events.slice(Math.max(0, excess - queue.size))), discarded: excess, infos }
}

function dropOldest<E>(queue: EventQueue<E>, count: number): Pick<Stored<E>, 'queue' | 'infos'> {
  const infos: unknown[] = []
  let kept = queue
  for (let left = count; left > 0; ) {
    const taken = kept.take(left)
    infos.push(...taken.infos)
    left -= taken.events.length
    kept = taken.queue
  }
  return { queue: kept, infos }
}
