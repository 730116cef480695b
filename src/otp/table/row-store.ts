import type { Key } from '../key.ts'

/** The rows under one key; without rows it has been removed. */
export interface Entry<Row> {
  key: Key
  rows: readonly Row[]
}

/** Rows by key, in an order in which they can be walked through while they change. */
export interface RowStore<Row> {
  /** Rows, not keys. */
  readonly size: number
  /** Throws for what cannot be a key here. */
  check(key: Key): void
  find(key: Key): Entry<Row> | undefined
  /** Puts these rows in the place of what was under the key; none removes it. */
  write(key: Key, rows: readonly Row[]): void
  clear(): void
  first(): Entry<Row> | undefined
  last(): Entry<Row> | undefined
  /** The entry that follows, also when this one has been removed meanwhile. */
  after(entry: Entry<Row>): Entry<Row> | undefined
  before(entry: Entry<Row>): Entry<Row> | undefined
  /** Where a walk stands that was last at `key`; undefined when that is no place to go on from. */
  place(key: Key): Entry<Row> | undefined
  /** While held, a removed key remains a place to go on from. */
  hold(): void
  release(): void
}
