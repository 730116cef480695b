/** First in, first out, with a way back to the front. Every step takes constant time on average. */
export class Fifo<T> {
  /** The next one last. */
  private front: T[] = []
  private back: T[] = []

  get length(): number {
    return this.front.length + this.back.length
  }

  push(item: T): void {
    this.back.push(item)
  }

  /** Puts it before all others but those that `isBefore` says come before it. */
  putBack(item: T, isBefore: (other: T) => boolean): void {
    let place = this.front.length
    while (place > 0 && isBefore(this.front[place - 1] as T)) place--
    this.front.splice(place, 0, item)
  }

  shift(): T | undefined {
    if (this.front.length === 0) {
      this.front = this.back.reverse()
      this.back = []
    }
    return this.front.pop()
  }
}
