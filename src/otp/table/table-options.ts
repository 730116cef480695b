import type { Pid } from '../pid.ts'

/** `set`: one row a key. `ordered_set`: the same, in order. Bags: many rows a key, equal ones once or as often as inserted. */
export type TableType = 'set' | 'ordered_set' | 'bag' | 'duplicate_bag'

/** Who may use a table beside its owner: others may read a protected one, and also write a public one. */
export type TableAccess = 'protected' | 'public' | 'private'

/** Who gets a table when its owner ends, and what is told with it. */
export interface Heir {
  readonly pid: Pid
  readonly data?: unknown
}

/** The place of a row's key: an index of a list, the name of a field of a record. */
export type KeyPlace<Row> = Row extends readonly unknown[] ? number : keyof Row & string

/** How a table is made. */
export type TableOptions<Row> = {
  /** Found under this name, which is unique in its runtime. */
  readonly name?: string | undefined
  /** `set` by default. */
  readonly type?: TableType | undefined
  /** `protected` by default. */
  readonly access?: TableAccess | undefined
  /** Without an heir the table goes with its owner. */
  readonly heir?: Heir | undefined
  /**
   * Copies rows on their way in and out, as ETS does. By default they are handed
   * over by reference: do not change a row after its insertion.
   */
  readonly copy?: boolean | undefined
} & (Row extends readonly unknown[]
  ? { readonly keyAt?: number | undefined }
  : { readonly keyAt: KeyPlace<Row> })

/** What is known about a table. */
export interface TableInfo {
  readonly name: string | undefined
  readonly type: TableType
  readonly access: TableAccess
  readonly keyAt: string | number
  readonly owner: Pid
  readonly heir: Pid | undefined
  /** Rows, not keys. */
  readonly size: number
  /** Somebody holds its places, see `safeFixtable`. */
  readonly fixed: boolean
}
