import { Problem } from '../../kernel/index.ts'
import type { Key } from '../key.ts'
import { noField } from './counter.ts'
import { type Bindings, fits, type Pattern } from './pattern.ts'
import { chooses, type Page, type Query } from './query.ts'
import type { Entry } from './row-store.ts'
import { TableHands } from './table-hands.ts'

/** What can be done with a table without changing it. */
export class TableReader<Row extends object> extends TableHands<Row> {
  /** The rows under `key`: at most one in a set. */
  lookup(key: Key): readonly Row[] {
    return this.out(this.readable().rows.find(key))
  }

  /** The row under `key` in a set; the oldest one in a bag. */
  get(key: Key): Row | undefined {
    return this.lookup(key)[0]
  }

  has(key: Key): boolean {
    return this.readable().rows.find(key) !== undefined
  }

  /** One field of the row; in a bag the list of all rows' fields. Throws `no_row` without a default. */
  lookupElement<F extends keyof Row>(
    key: Key,
    field: F,
    ...otherwise: [] | [Row[F]]
  ): Row[F] | readonly Row[F][] {
    const rows = this.lookup(key)
    if (rows.length === 0 && otherwise.length > 0) return otherwise[0] as Row[F]
    if (rows.length === 0) throw this.noRow(key)
    const values = rows.map((row) => {
      if (!(field in row)) throw noField(field)
      return row[field]
    })
    return this.core.isBag ? values : (values[0] as Row[F])
  }

  get size(): number {
    return this.readable().rows.size
  }

  /** All rows, in the order of the walk. */
  toArray(): readonly Row[] {
    return this.select({})
  }

  /** Folds all rows, first to last. */
  fold<T>(into: T, step: (row: Row, into: T) => T): T {
    return this.toArray().reduce((sum, row) => step(row, sum), into)
  }

  /** What the variables of `pattern` stand for, for each row of that shape. */
  match<const P extends Pattern<Row>>(pattern: P): readonly Bindings<Row, P>[] {
    return this.toArray().flatMap((row) => {
      const bindings = new Map<string, unknown>()
      return fits(pattern, row, bindings) ? [Object.fromEntries(bindings) as Bindings<Row, P>] : []
    })
  }

  /** The rows of that shape. */
  matchObject(pattern: Pattern<Row>): readonly Row[] {
    return this.select({ match: pattern })
  }

  select<T = Row>(query: Query<Row, T>): readonly T[] {
    return this.page(query, Number.POSITIVE_INFINITY, this.readable().rows.first())?.rows ?? []
  }

  /** The first `limit` answers, and the way to the next ones; undefined when there is none. */
  selectPage<T = Row>(query: Query<Row, T>, limit: number): Page<T> | undefined {
    if (!(limit >= 1)) {
      throw new Problem('invalid_limit', `a page cannot have ${limit} rows`, {
        field: 'limit',
        wayOut: 'ask for 1 or more',
      })
    }
    return this.page(query, limit, this.readable().rows.first())
  }

  selectCount(query: Query<Row, unknown>): number {
    return this.select(query).length
  }

  firstKey(): Key | undefined {
    return this.readable().rows.first()?.key
  }

  /** In an ordered set the greatest key; else the same as `firstKey`. */
  lastKey(): Key | undefined {
    return this.readable().rows.last()?.key
  }

  /** In an ordered set from any key; else throws `no_row` for one that is gone, unless the table is fixed. */
  nextKey(key: Key): Key | undefined {
    return this.readable().rows.after(this.place(key))?.key
  }

  prevKey(key: Key): Key | undefined {
    return this.readable().rows.before(this.place(key))?.key
  }

  /** While fixed, a walk goes on from keys that were removed. Counted per process; its end lets go. */
  safeFixtable(fix: boolean): void {
    const core = this.readable()
    if (fix) core.hold(this.actor())
    else core.release(this.actor())
  }

  protected out(entry: Entry<Row> | undefined): readonly Row[] {
    if (!entry) return []
    return this.core.copy ? structuredClone(entry.rows) : entry.rows
  }

  private place(key: Key): Entry<Row> {
    const place = this.core.rows.place(key)
    if (place) return place
    throw this.noRow(key)
  }

  private page<T>(query: Query<Row, T>, limit: number, from: Entry<Row> | undefined): Page<T> | undefined {
    const { rows } = this.readable()
    const chosen = chooses(query)
    const { give = (row: Row) => row as unknown as T } = query
    const found: T[] = []
    let entry = from
    let last: Entry<Row> | undefined
    for (; entry && found.length < limit; entry = rows.after(entry)) {
      last = entry
      for (const row of this.out(entry)) if (chosen(row)) found.push(give(row))
    }
    if (found.length === 0) return undefined
    const next = (): Page<T> | undefined => last && this.page(query, limit, this.readable().rows.after(last))
    return { rows: found, next }
  }
}
