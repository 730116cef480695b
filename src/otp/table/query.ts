import { fits, type Pattern } from './pattern.ts'

/** Which rows, and what of them. */
export interface Query<Row, T = Row> {
  /** Rows of this shape. */
  readonly match?: Pattern<Row> | undefined
  /** Among them, rows for which this is true. */
  readonly where?: ((row: Row) => boolean) | undefined
  /** What to give of each; the row itself by default. */
  readonly give?: ((row: Row) => T) | undefined
}

/** A part of an answer. */
export interface Page<T> {
  readonly rows: readonly T[]
  /** The following part; undefined at the end. */
  next(): Page<T> | undefined
}

/** Whether a row is among those asked for. */
export function chooses<Row>({ match, where }: Query<Row, unknown>): (row: Row) => boolean {
  return (row) => (match === undefined || fits(match, row)) && (where === undefined || where(row))
}
