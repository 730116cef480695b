/** A value now or later: handlers may be plain or async. */
export type Eventually<T> = T | PromiseLike<T>

/** True for a promise and whatever behaves like one. */
export function isThenable<T>(value: Eventually<T>): value is PromiseLike<T> {
  return value instanceof Promise || typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** Goes on with the value: at once when it is there, so that plain handlers cost no turn. */
export function andThen<T, R>(value: Eventually<T>, next: (value: T) => Eventually<R>): Eventually<R> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value)
}

/** Runs `step` on one item after the other until it gives something; undefined when it never did. */
export function firstOf<T, R>(
  items: Iterable<T>,
  step: (item: T) => Eventually<R | undefined>,
): Eventually<R | undefined> {
  return proceed(items[Symbol.iterator](), step)
}

function proceed<T, R>(
  items: Iterator<T>,
  step: (item: T) => Eventually<R | undefined>,
): Eventually<R | undefined> {
  for (let item = items.next(); !item.done; item = items.next()) {
    const outcome = step(item.value)
    if (isThenable(outcome)) return Promise.resolve(outcome).then((value) => value ?? proceed(items, step))
    if (outcome !== undefined) return outcome
  }
  return undefined
}
