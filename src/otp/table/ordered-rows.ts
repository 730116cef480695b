import { canonical, type Key } from '../key.ts'
import { compareKeys } from './key-order.ts'
import type { Entry, RowStore } from './row-store.ts'

/** A full chunk is cut in two: an insertion moves at most so many entries. */
const CHUNK_MAX = 512

interface Position {
  readonly chunk: number
  readonly index: number
  readonly found: boolean
}

/** Rows of an ordered set: sorted chunks, so that search is logarithmic and insertion cheap. */
export class OrderedRows<Row> implements RowStore<Row> {
  size = 0
  private chunks: Entry<Row>[][] = []

  check(key: Key): void {
    compareKeys(key, key)
    canonical(key)
  }

  find(key: Key): Entry<Row> | undefined {
    const { chunk, index, found } = this.search(key)
    return found ? this.chunks[chunk]?.[index] : undefined
  }

  write(key: Key, rows: readonly Row[]): void {
    const position = this.search(key)
    const known = position.found ? this.chunks[position.chunk]?.[position.index] : undefined
    this.size += rows.length - (known?.rows.length ?? 0)
    if (known && rows.length > 0) Object.assign(known, { key, rows })
    else if (known) this.remove(position, known)
    else if (rows.length > 0) this.insert(position, { key, rows })
  }

  clear(): void {
    this.chunks = []
    this.size = 0
  }

  first(): Entry<Row> | undefined {
    return this.chunks[0]?.[0]
  }

  last(): Entry<Row> | undefined {
    return this.chunks.at(-1)?.at(-1)
  }

  after({ key }: Entry<Row>): Entry<Row> | undefined {
    const { chunk, index, found } = this.search(key)
    return this.chunks[chunk]?.[found ? index + 1 : index] ?? this.chunks[chunk + 1]?.[0]
  }

  before({ key }: Entry<Row>): Entry<Row> | undefined {
    const { chunk, index } = this.search(key)
    return index > 0 ? this.chunks[chunk]?.[index - 1] : this.chunks[chunk - 1]?.at(-1)
  }

  /** In an order every key is a place, whether it is there or not. */
  place(key: Key): Entry<Row> {
    return { key, rows: [] }
  }

  hold(): void {}

  release(): void {}

  /** Where `key` is, or where it would go. */
  private search(key: Key): Position {
    const last = this.chunks.length - 1
    const chunk = Math.min(
      Math.max(last, 0),
      lowerBound(this.chunks.length, (at) => orderOf(this.chunks[at]?.at(-1), key)),
    )
    const entries = this.chunks[chunk] ?? []
    const index = lowerBound(entries.length, (at) => orderOf(entries[at], key))
    const there = entries[index]
    return { chunk, index, found: there !== undefined && compareKeys(there.key, key) === 0 }
  }

  private insert({ chunk, index }: Position, entry: Entry<Row>): void {
    const entries = this.chunks[chunk]
    if (!entries) {
      this.chunks.push([entry])
      return
    }
    entries.splice(index, 0, entry)
    if (entries.length > CHUNK_MAX) this.chunks.splice(chunk + 1, 0, entries.splice(CHUNK_MAX / 2))
  }

  private remove({ chunk, index }: Position, entry: Entry<Row>): void {
    entry.rows = []
    this.chunks[chunk]?.splice(index, 1)
    if (this.chunks[chunk]?.length === 0) this.chunks.splice(chunk, 1)
  }
}

/** Where an entry stands to a key; chunks are never empty, so there is always one. */
function orderOf(entry: { readonly key: Key } | undefined, key: Key): number {
  return entry ? compareKeys(entry.key, key) : 0
}

/** The first index whose order is not below zero. */
function lowerBound(length: number, order: (index: number) => number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (order(middle) < 0) low = middle + 1
    else high = middle
  }
  return low
}
