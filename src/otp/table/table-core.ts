import { Problem } from '../../kernel/index.ts'
import type { Key } from '../key.ts'
import { type Host, type Process, processOf } from '../process.ts'
import { HashedRows } from './hashed-rows.ts'
import { OrderedRows } from './ordered-rows.ts'
import type { RowStore } from './row-store.ts'
import type { Heir, TableAccess, TableOptions, TableType } from './table-options.ts'

/** Where a table is made, and what it is called there. */
const namesByHost = new WeakMap<Host, Map<string, TableCore<never>>>()

/** What all references to one table share: rows, owner, heir. */
export class TableCore<Row extends object> {
  readonly type: TableType
  readonly access: TableAccess
  readonly keyAt: keyof Row
  readonly copy: boolean
  readonly rows: RowStore<Row>
  readonly host: Host
  owner: Process
  heir: Heir | undefined
  name: string | undefined
  alive = true
  private readonly holders = new Map<Process, number>()
  private readonly bequeath: (core: TableCore<Row>, from: Process, heir: Process, data: unknown) => void

  constructor(
    owner: Process,
    options: TableOptions<Row>,
    bequeath: (core: TableCore<Row>, from: Process, heir: Process, data: unknown) => void,
  ) {
    const { type = 'set', access = 'protected', copy = false, heir, name, keyAt = 0 } = options
    this.type = type
    this.access = access
    this.copy = copy
    this.keyAt = keyAt as keyof Row
    this.heir = heir
    this.owner = owner
    this.host = owner.host
    this.rows = type === 'ordered_set' ? new OrderedRows() : new HashedRows()
    this.bequeath = bequeath
    this.rename(name)
    this.follow(owner)
  }

  /** Whether a key may have several rows. */
  get isBag(): boolean {
    return this.type === 'bag' || this.type === 'duplicate_bag'
  }

  get fixed(): boolean {
    return this.holders.size > 0
  }

  get label(): string {
    return this.name ?? `of ${this.owner.pid.id}`
  }

  keyOf(row: Row): Key {
    return row[this.keyAt] as Key
  }

  rename(name: string | undefined): void {
    const names = namesOf(this.host)
    if (name !== undefined && names.has(name)) {
      const wayOut = 'choose another name, or use the table that has it'
      throw new Problem('table_exists', `a table "${name}" exists`, { field: 'name', wayOut })
    }
    if (this.name !== undefined) names.delete(this.name)
    this.name = name
    if (name !== undefined) names.set(name, this as unknown as TableCore<never>)
  }

  /** Counts the walks of each process that rely on removed keys keeping their places. */
  hold(process: Process): void {
    concern(process, this)
    this.holders.set(process, (this.holders.get(process) ?? 0) + 1)
    this.rows.hold()
  }

  release(process: Process, all = false): void {
    const held = this.holders.get(process) ?? 0
    for (let left = all ? held : Math.min(held, 1); left > 0; left--) this.rows.release()
    if (all || held <= 1) this.holders.delete(process)
    else this.holders.set(process, held - 1)
  }

  /** From now on the table lives as long as `owner` does. */
  follow(owner: Process): void {
    if (!this.holders.has(this.owner)) concerns.get(this.owner)?.delete(this)
    this.owner = owner
    concern(owner, this)
  }

  drop(): void {
    this.alive = false
    for (const process of [this.owner, ...this.holders.keys()]) concerns.get(process)?.delete(this)
    this.rename(undefined)
    this.rows.clear()
  }

  processEnded(process: Process): void {
    this.release(process, true)
    if (process !== this.owner) return
    const { heir } = this
    const next = heir && processOf(heir.pid)
    if (next && next !== process) this.bequeath(this, process, next, heir.data)
    else this.drop()
  }
}

/** The living table of that name. */
export function tableNamed(host: Host, name: string): TableCore<never> | undefined {
  return namesOf(host).get(name)
}

function namesOf(host: Host): Map<string, TableCore<never>> {
  const known = namesByHost.get(host)
  if (known) return known
  const made = new Map<string, TableCore<never>>()
  namesByHost.set(host, made)
  return made
}

/** The tables that must hear of the end of a process. */
const concerns = new WeakMap<Process, Set<{ processEnded(process: Process): void }>>()

/** They hear of it before anybody else, so that a transfer arrives before the `DOWN`. */
function concern(process: Process, table: { processEnded(process: Process): void }): void {
  const tables = concerns.get(process)
  if (tables) {
    tables.add(table)
    return
  }
  const first = new Set([table])
  concerns.set(process, first)
  const tell = (): void => {
    for (const concerned of [...first]) concerned.processEnded(process)
  }
  process.signal.addEventListener('abort', tell, { once: true })
}
