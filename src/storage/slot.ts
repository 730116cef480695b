import type { Clock } from '../kernel/index.ts'

/** Holds a value that comes and goes with the process behind it; takers wait for it. */
export class Slot<T extends object> {
  readonly #clock: Clock
  #value: T | undefined
  #waiters = new Set<(value: T) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What is there now, without waiting. */
  get current(): T | undefined {
    return this.#value
  }

  /** Puts a value in; it goes to everybody who waits. */
  fill(value: T): void {
    this.#value = value
    for (const deliver of this.#waiters) deliver(value)
    this.#waiters.clear()
  }

  /** Takes `value` out, unless another has replaced it already. */
  empty(value: T): void {
    if (this.#value === value) this.#value = undefined
  }

  /** The value, or nothing when none came within `waitMs`. */
  take(waitMs: number): Promise<T | undefined> {
    if (this.#value !== undefined) return Promise.resolve(this.#value)
    return new Promise((resolve) => {
      const timer = this.#clock.after(waitMs, () => {
        this.#waiters.delete(deliver)
        resolve(undefined)
      })
      const deliver = (value: T): void => {
        timer.cancel()
        resolve(value)
      }
      this.#waiters.add(deliver)
    })
  }
}
