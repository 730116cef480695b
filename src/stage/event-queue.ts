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

  constructor(size = 0, front?: Cell<Entry<E>>, back?: Cell<Entry<E>>, offset = 0) {
    this.size = size
    this.front = front ?? reversed(back)
    this.back = front && back
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
    return this.front === undefined
  }

  /** Up to `count` events, less when an info stands between them; with the infos then at the front. */
  take(count: number): Taken<E> {
    const parts: (readonly E[])[] = []
    const infos: unknown[] = []
    let queue = this as EventQueue<E>
    for (let left = Math.min(count, this.size); left > 0; ) {
      const part = queue.part(left)
      if (part === undefined) break
      parts.push(part)
      left -= part.length
      queue = queue.without(part.length)
    }
    for (let first = queue.front?.item; first instanceof Info; first = queue.front?.item) {
      infos.push(first.message)
      queue = new EventQueue(queue.size, queue.front?.next, queue.back)
    }
    const [only = [], ...more] = parts
    return { events: more.length === 0 ? only : parts.flat(1), infos, queue }
  }

  /** What the first chunk has of `count` events; undefined when an info comes first. */
  private part(count: number): readonly E[] | undefined {
    const chunk = this.front?.item
    if (chunk === undefined || chunk instanceof Info) return undefined
    const whole = this.offset === 0 && chunk.length <= count
    return whole ? chunk : chunk.slice(this.offset, this.offset + count)
  }

  /** Without `count` events of the first chunk. */
  private without(count: number): EventQueue<E> {
    const { size, front, back, offset } = this
    const chunk = front?.item as readonly E[]
    const used = offset + count === chunk.length
    return new EventQueue(size - count, used ? front?.next : front, back, used ? 0 : offset + count)
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
