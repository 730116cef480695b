/**
 * Tagged-template SQL over a pool or an open transaction; the caller cannot
 * tell which. Every distinct template text becomes a named prepared statement,
 * every `${value}` a parameter, so no value is ever read as SQL.
 *
 * Columns arrive as: int8 a safe number, timestamptz a Date, json(b) parsed,
 * bytea a Buffer, date, timestamp and numeric their text.
 *
 * Rejects with a `Problem`: `database_unavailable` (no connection within a few
 * seconds: the statement did not run; or the connection broke while it ran:
 * it may or may not have), `statement_timeout`, `database_disk_full`. Other
 * errors are the server's own `DatabaseError` with its SQLSTATE in `code`.
 * A statement that was sent is never repeated.
 */
export interface Sql {
  <Row extends object = Record<string, unknown>>(
    strings: TemplateStringsArray,
    ...values: readonly SqlValue[]
  ): Promise<Row[]>
  /**
   * Runs work in one transaction (inside another: a savepoint). Commits when it
   * resolves, rolls back when it rejects. Statements of one transaction run one
   * after the other, also when started together. Its `sql` is dead afterwards.
   * One that runs nothing for a minute is ended by the server.
   */
  begin<T>(work: (sql: Sql) => Promise<T>): Promise<T>
}

/** What may stand in `${…}`: a scalar, bytes, a list for `= any(…)`, or `json(…)`. */
export type SqlValue = SqlScalar | Json | readonly SqlScalar[]

/** One value as PostgreSQL takes it; `null` is SQL's null. */
export type SqlScalar = string | number | bigint | boolean | null | Date | Uint8Array

/** A value sent as a JSON document. Made by `json`. */
export class Json {
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  /** Called by the driver. */
  toPostgres(): string {
    return JSON.stringify(this.#value)
  }
}

/** Marks a value for a json or jsonb column: `${json({ a: 1 })}`. */
export function json(value: unknown): Json {
  return new Json(value)
}
