const SMALLEST = 4
/** A ring larger than this is given back as soon as it runs empty. */
const KEPT_WHEN_EMPTY = 4096

/**
 * A queue in a ring whose size is a power of two: constant cost per message at
 * any depth, no memory until the first message, slots cleared when taken.
 */
export class Ring<T> {
  private slots: (T | undefined)[] | undefined
  private head = 0
  private count = 0

  get length(): number {
    return this.count
  }

  push(item: T): void {
    let slots = this.slots
    if (slots === undefined) slots = this.slots = new Array<T | undefined>(SMALLEST)
    else if (this.count === slots.length) slots = this.grow(slots)
    slots[(this.head + this.count) & (slots.length - 1)] = item
    this.count++
  }

  /** The oldest item; undefined when empty. */
  shift(): T | undefined {
    const slots = this.slots
    if (slots === undefined || this.count === 0) return undefined
    const item = slots[this.head]
    slots[this.head] = undefined
    this.head = (this.head + 1) & (slots.length - 1)
    if (--this.count === 0 && slots.length > KEPT_WHEN_EMPTY) this.clear()
    return item
  }

  /** The item `index` places behind the oldest. */
  at(index: number): T | undefined {
    const slots = this.slots
    return slots === undefined || index >= this.count
      ? undefined
      : slots[(this.head + index) & (slots.length - 1)]
  }

  /** Takes out the first item from place `from` on that `matches`, keeping the order of the rest. */
  take(matches: (item: T) => boolean, from = 0): T | undefined {
    for (let index = from; index < this.count; index++) {
      const item = this.at(index) as T
      if (matches(item)) return this.removeAt(index)
    }
    return undefined
  }

  clear(): void {
    this.slots = undefined
    this.head = 0
    this.count = 0
  }

  private removeAt(index: number): T | undefined {
    const item = this.at(index)
    const slots = this.slots ?? []
    const mask = slots.length - 1
    for (let place = index; place > 0; place--) {
      slots[(this.head + place) & mask] = slots[(this.head + place - 1) & mask]
    }
    this.shift()
    return item
  }

  private grow(full: readonly (T | undefined)[]): (T | undefined)[] {
    const larger = new Array<T | undefined>(full.length * 2)
    for (let index = 0; index < this.count; index++) larger[index] = this.at(index)
    this.head = 0
    this.slots = larger
    return larger
  }
}
