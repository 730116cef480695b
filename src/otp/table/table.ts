import { Problem } from '../../kernel/index.ts'
import { canonical, type Key } from '../key.ts'
import type { Pid } from '../pid.ts'
import { type Process, processOf } from '../process.ts'
import { hostOfOwner, ownerProcess, type TaskOwner } from '../task/owner.ts'
import { type CounterStep, changed, counted, type Fields, noField } from './counter.ts'
import type { Pattern } from './pattern.ts'
import { chooses, type Query } from './query.ts'
import { sameTerm } from './same-term.ts'
import { TableCore, tableNamed } from './table-core.ts'
import type { Heir, TableInfo, TableOptions } from './table-options.ts'
import { TableReader } from './table-reader.ts'

/** Arrives in `info` of a process that has become the owner of a table. */
export interface TableTransfer<Row extends object = object> {
  readonly type: 'ETS-TRANSFER'
  /** In the hands of the new owner. */
  readonly table: Table<Row>
  readonly from: Pid
  /** What the heir was promised, or came with the gift. */
  readonly data: unknown
}

/**
 * A table as one process holds it: Erlang's ETS. Every operation is one step, which
 * nobody sees half done; it throws a `Problem` for a table that is gone
 * (`no_table`), for one that the process may not use so (`table_access`), and for
 * what is no key (`invalid_key`), and then has changed nothing.
 *
 * Whoever uses it from inside a process acts as that process, and else as the
 * one it was made, opened or given for.
 */
export class Table<Row extends object> extends TableReader<Row> {
  /** The same table for another process. */
  for(owner: TaskOwner): Table<Row> {
    return new Table(this.core, ownerProcess(owner))
  }

  /** Inserts a row; in a set it takes the place of the one with its key. */
  insert(row: Row): void {
    this.insertMany([row])
  }

  /** Inserts all in one step. */
  insertMany(rows: readonly Row[]): void {
    const core = this.writable()
    for (const row of this.incoming(rows)) core.rows.write(core.keyOf(row), this.beside(row))
  }

  /** Inserts the row unless its key is there already. */
  insertNew(row: Row): boolean {
    return this.insertNewMany([row])
  }

  /** Inserts all or, when one of the keys is there already, none. */
  insertNewMany(rows: readonly Row[]): boolean {
    const core = this.writable()
    if (rows.some((row) => core.rows.find(core.keyOf(row)))) return false
    this.insertMany(rows)
    return true
  }

  delete(key: Key): void {
    this.writable().rows.write(key, [])
  }

  /** Removes exactly this row, in a duplicate bag all its copies. */
  deleteObject(row: Row): void {
    const { rows, keyOf } = this.writable()
    const key = keyOf.call(this.core, row)
    const left = (rows.find(key)?.rows ?? []).filter((other) => !sameTerm(other, row))
    rows.write(key, left)
  }

  deleteAll(): void {
    this.writable().rows.clear()
  }

  /** Gives the rows under `key` and removes them. */
  take(key: Key): readonly Row[] {
    const { rows } = this.writable()
    const taken = this.out(rows.find(key))
    rows.write(key, [])
    return taken
  }

  /** Changes fields of the row; false without a row. Not for bags, not the key. */
  updateElement(key: Key, fields: Fields<Row>): boolean {
    const core = this.single('updateElement')
    const row = core.rows.find(key)?.rows[0]
    if (!row) return false
    this.replace(key, row, changed(row, fields))
    return true
  }

  /**
   * Adds to numbers in the row, in one step, and gives the new value, or the list of
   * them for a list of steps. A plain number adds to the place behind the key. Without
   * a row it begins with `otherwise`, or throws `no_row`.
   */
  updateCounter(key: Key, step: number | CounterStep<Row>, otherwise?: Row): number
  updateCounter(key: Key, steps: readonly CounterStep<Row>[], otherwise?: Row): readonly number[]
  updateCounter(
    key: Key,
    step: number | CounterStep<Row> | readonly CounterStep<Row>[],
    otherwise?: Row,
  ): number | readonly number[] {
    const core = this.single('updateCounter')
    const there = core.rows.find(key)?.rows[0]
    const begin = there ?? (otherwise && changed(otherwise, { [core.keyAt]: key } as Fields<Row>))
    if (!begin) throw this.noRow(key)
    const values: number[] = []
    let row = begin
    for (const one of this.steps(step)) {
      const value = counted(row[one.field], one)
      values.push(value)
      row = changed(row, { [one.field]: value } as Fields<Row>)
    }
    this.replace(key, begin, row)
    return Array.isArray(step) ? values : (values[0] as number)
  }

  /** Removes the rows of that shape; gives how many. */
  matchDelete(pattern: Pattern<Row>): number {
    return this.selectDelete({ match: pattern })
  }

  /** Removes the rows asked for; gives how many. */
  selectDelete(query: Query<Row, unknown>): number {
    const { rows } = this.writable()
    const chosen = chooses(query)
    const before = rows.size
    for (let entry = rows.first(); entry; entry = rows.after(entry)) {
      const left = entry.rows.filter((row) => !chosen(row))
      if (left.length < entry.rows.length) rows.write(entry.key, left)
    }
    return before - rows.size
  }

  /** Puts another row with the same key in the place of each; gives how many. Not for bags. */
  selectReplace(query: Query<Row, unknown>, change: (row: Row) => Row): number {
    const { rows } = this.single('selectReplace')
    const chosen = chooses(query)
    let changes = 0
    for (let entry = rows.first(); entry; entry = rows.after(entry)) {
      const [row] = entry.rows
      if (!row || !chosen(row)) continue
      this.replace(entry.key, row, change(row))
      changes++
    }
    return changes
  }

  /** Ends the table; needs the right to write. */
  drop(): void {
    this.writable().drop()
  }

  rename(name: string): void {
    this.writable().rename(name)
  }

  /** Who inherits; by the owner only. */
  setHeir(heir: Heir | undefined): void {
    this.owned('set the heir of').heir = heir
  }

  /** Makes another living process the owner, who is told by `ETS-TRANSFER`; by the owner only. */
  giveAway(pid: Pid, data?: unknown): void {
    const core = this.owned('give away')
    const next = processOf(pid)
    if (!next || next === core.owner) {
      const wayOut = 'give it to another process that lives'
      throw new Problem('bad_gift', `table ${core.label} cannot be given to ${pid.id}`, {
        field: 'pid',
        wayOut,
      })
    }
    transfer(core, core.owner, next, data)
  }

  /** Undefined once the table is gone. */
  info(): TableInfo | undefined {
    const { alive, name, type, access, keyAt, owner, heir, rows, fixed } = this.core
    if (!alive) return undefined
    return {
      name,
      type,
      access,
      keyAt: keyAt as string | number,
      owner: owner.pid,
      heir: heir?.pid,
      size: rows.size,
      fixed,
    }
  }

  private single(operation: string): TableCore<Row> {
    const core = this.writable()
    if (!core.isBag) return core
    throw new Problem('not_for_bags', `${operation} needs one row a key, and a ${core.type} has many`, {
      field: 'type',
      wayOut: 'use a set, or take and insert',
    })
  }

  /** Copies what comes in, and looks at all keys before anything is written. */
  private incoming(rows: readonly Row[]): readonly Row[] {
    for (const row of rows) this.core.rows.check(this.core.keyOf(row))
    return this.core.copy ? structuredClone(rows) : rows
  }

  /** The row, in a bag beside those that are there. */
  private beside(row: Row): readonly Row[] {
    const { core } = this
    if (!core.isBag) return [row]
    const there = core.rows.find(core.keyOf(row))?.rows ?? []
    return core.type === 'bag' && there.some((other) => sameTerm(other, row)) ? there : [...there, row]
  }

  private steps(step: number | CounterStep<Row> | readonly CounterStep<Row>[]): readonly CounterStep<Row>[] {
    if (typeof step !== 'number') return Array.isArray(step) ? step : [step as CounterStep<Row>]
    const { keyAt } = this.core
    if (typeof keyAt !== 'number') throw noField('place behind the key')
    return [{ field: (keyAt + 1) as keyof Row, by: step }]
  }

  private replace(key: Key, before: Row, after: Row): void {
    const { core } = this
    if (!sameTerm(core.keyOf(before), core.keyOf(after))) {
      throw new Problem('key_changed', `${String(canonical(key))} cannot become another key`, {
        field: String(core.keyAt),
        wayOut: 'take the row and insert the new one',
      })
    }
    core.rows.write(key, core.copy ? structuredClone([after]) : [after])
  }
}

function transfer<Row extends object>(core: TableCore<Row>, from: Process, to: Process, data: unknown): void {
  core.follow(to)
  to.deliver({ type: 'ETS-TRANSFER', table: new Table(core, to), from: from.pid, data })
}

/**
 * Makes a table that belongs to the calling process (`ctx`), or to the root of a
 * runtime. It goes with its owner unless there is an heir.
 */
export function createTable<Row extends object>(owner: TaskOwner, options: TableOptions<Row>): Table<Row> {
  const process = ownerProcess(owner)
  return new Table(new TableCore<Row>(process, options, transfer), process)
}

/** The table of that name, for the calling process; undefined when there is none. */
export function findTable<Row extends object>(user: TaskOwner, name: string): Table<Row> | undefined {
  const core = tableNamed(hostOfOwner(user), name)
  return core && new Table(core as unknown as TableCore<Row>, ownerProcess(user))
}
