import { Problem } from '../../kernel/index.ts'

/** One step of `updateCounter`. */
export interface CounterStep<Row> {
  readonly field: keyof Row
  readonly by: number
  /** Beyond it (above for a step up, below for a step down) the counter becomes `reset`. */
  readonly threshold?: number | undefined
  readonly reset?: number | undefined
}

/** Other values for some places of a row. */
export type Fields<Row> = Row extends readonly unknown[]
  ? { readonly [I in keyof Row as I extends `${number}` ? I : never]?: Row[I] }
  : { readonly [F in keyof Row]?: Row[F] }

/** The counter after a step. */
export function counted(value: unknown, { by, threshold, reset, field }: CounterStep<never>): number {
  if (typeof value !== 'number' || Number.isNaN(by)) {
    throw new Problem(
      'not_a_counter',
      `${String(field)} holds ${String(value)}, which nothing can be added to`,
      {
        field: String(field),
        wayOut: 'count in fields that hold numbers',
      },
    )
  }
  const next = value + by
  if (threshold === undefined) return next
  const beyond = by < 0 ? next < threshold : next > threshold
  return beyond ? (reset ?? threshold) : next
}

/** The row with other values in some places. */
export function changed<Row extends object>(row: Row, fields: Fields<Row>): Row {
  if (!Array.isArray(row)) return { ...row, ...fields }
  const list: unknown[] = [...(row as readonly unknown[])]
  for (const [place, value] of Object.entries(fields)) {
    if (!(place in list)) throw noField(place)
    list[Number(place)] = value
  }
  return list as unknown as Row
}

/** A row has no such place. */
export function noField(field: PropertyKey): Problem {
  return new Problem('no_such_field', `the row has no ${String(field)}`, {
    field: String(field),
    wayOut: 'name a place that the row has',
  })
}
