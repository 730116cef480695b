import { isRecord, sameTerm } from './same-term.ts'

/** In a pattern: matches whatever is there. */
export const anything: unique symbol = Symbol('anything')

/** In a pattern: matches whatever is there and names it; used twice, both must be the same term. */
export interface Variable<N extends string = string> {
  readonly variable: N
}

/** Makes a variable of a pattern. */
export function variable<const N extends string>(name: N): Variable<N> {
  return new Bound(name)
}

class Bound<N extends string> implements Variable<N> {
  readonly variable: N

  constructor(name: N) {
    this.variable = name
  }
}

type Hole = typeof anything | Variable

/** What one value of a row may be asked to be; inside of it, holes may be anywhere. */
type Part<V> =
  | Hole
  | V
  | (V extends readonly unknown[] ? readonly unknown[] : V extends object ? object : never)

/** The shape of rows: a list says every place, a record only the fields it cares about. */
export type Pattern<Row> = Row extends readonly unknown[]
  ? { readonly [I in keyof Row]: Part<Row[I]> }
  : { readonly [F in keyof Row]?: Part<Row[F]> }

/** What the variables on the top of a pattern stand for. */
export type Bindings<Row, P> = {
  readonly [F in keyof P as P[F] extends Variable<infer N> ? N : never]: F extends keyof Row ? Row[F] : never
}

/** Whether `value` fits the pattern; what the variables stand for is noted in `bindings`. */
export function fits(pattern: unknown, value: unknown, bindings: Map<string, unknown> = new Map()): boolean {
  if (pattern === anything) return true
  if (pattern instanceof Bound) return bind(pattern, value, bindings)
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value) || value.length !== pattern.length) return false
    return pattern.every((part, index) => fits(part, value[index], bindings))
  }
  if (!isRecord(pattern) || !isRecord(value)) return sameTerm(pattern, value)
  return Object.keys(pattern).every(
    (field) => Object.hasOwn(value, field) && fits(pattern[field], value[field], bindings),
  )
}

function bind({ variable: name }: Variable, value: unknown, bindings: Map<string, unknown>): boolean {
  if (bindings.has(name)) return sameTerm(bindings.get(name), value)
  bindings.set(name, value)
  return true
}
