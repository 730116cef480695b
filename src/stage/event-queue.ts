/** A message that keeps its place among waiting events. */
export class Info {
  readonly message: unknown

  constructor(message: unknown) {
    this.message = message
  }
}

type Entry<E> = readonly E[] | Info

interface Cell<T> {
  readonly item: T
  readonly next: Cell<T> | undefined
}

/** What `take` got: events first, then the messages that stood right behind them. */
export interface Taken<E> {
  readonly events: readonly E[]
  readonly infos: readonly unknown[]
  readonly queue: EventQueue<E>
}

/**
 * An immutable queue of events, kept in the chunks they came in.
 *
 * Adding and taking cost amortised constant time per chunk and never copy what
 * stays behind, so a deep queue is as cheap as a shallow one.
 */
export class EventQueue<E> {
  /** Waiting events; infos are not counted. */
  readonly size: number
  private readonly front: Cell<Entry<E>> | undefined
  private readonly back: Cell<Entry<E>> | undefined
  /** Events of the first chunk that are gone already. */
  private readonly offset: number

  constructor(
    size = 0,
    front: Cell<Entry<E>> | undefined = undefined,
    back: Cell<Entry<E>> | undefined = undefined,
    offset = 0,
  ) {
    this.size = size
    this.front = front
    this.back = back
    this.offset = offset
  }

  add(events: readonly E[]): EventQueue<E> {
    return events.length === 0 ? this : this.append(events, events.length)
  }

  addInfo(message: unknown): EventQueue<E> {
    return this.append(new Info(message), 0)
  }

  /** True when neither an event nor an info waits. */
  get isEmpty(): boolean {
    return this.front === undefined && this.back === undefined
  }

  /** Up to `count` events, less when an info stands between them; with the infos then at the front. */
  take(count: number): Taken<E> {
    const parts: (readonly E[])[] = []
    const infos: unknown[] = []
    let { front, back, offset } = this
    let left = Math.min(count, this.size)
    for (;;) {
      if (front === undefined) {
        front = reversed(back)
        back = undefined
      }
      const entry = front?.item
      if (front === undefined || entry === undefined) break
      if (entry instanceof Info) {
        infos.push(entry.message)
        front = front.next
        continue
      }
      if (left === 0 || infos.length > 0) break
      const end = Math.min(entry.length, offset + left)
      parts.push(offset === 0 && end === entry.length ? entry : entry.slice(offset, end))
      left -= end - offset
      offset = end === entry.length ? 0 : end
      if (offset === 0) front = front.next
    }
    const [only, ...more] = parts
    const events = more.length === 0 ? (only ?? []) : (parts.flat(1) as readonly E[])
    return { events, infos, queue: new EventQueue(this.size - events.length, front, back, offset) }
  }

  private append(entry: Entry<E>, events: number): EventQueue<E> {
    return new EventQueue(this.size + events, this.front, { item: entry, next: this.back }, this.offset)
  }
}

function reversed<T>(cells: Cell<T> | undefined): Cell<T> | undefined {
  let result: Cell<T> | undefined
  for (let cell = cells; cell; cell = cell.next) result = { item: cell.item, next: result }
  return result
}
