/**
 * A set that most often holds nothing or one thing (links, monitors): one field
 * instead of a `Set` of 200 bytes per process.
 */
export type Few<T extends object> = undefined | T | Set<T>

/** The set with `item` in it. */
export function withItem<T extends object>(few: Few<T>, item: T): Few<T> {
  if (few === undefined || few === item) return item
  if (few instanceof Set) return few.add(item)
  return new Set([few, item])
}

/** The set without `item`. */
export function withoutItem<T extends object>(few: Few<T>, item: T): Few<T> {
  if (few === item) return undefined
  if (few instanceof Set) few.delete(item)
  return few
}

/** Whether `item` is in the set. */
export function hasItem<T extends object>(few: Few<T>, item: T): boolean {
  return few === item || (few instanceof Set && few.has(item))
}

/** The items, oldest first, as a copy that later changes do not touch. */
export function listItems<T extends object>(few: Few<T>): readonly T[] {
  if (few === undefined) return []
  return few instanceof Set ? [...few] : [few]
}
