import { Problem } from '../kernel/index.ts'

/** Keys are compared by value, as in Elixir: `['build', 7]` is the same key wherever it was made. */
export type Key =
  | string
  | number
  | bigint
  | boolean
  | null
  | symbol
  | readonly Key[]
  | { readonly [field: string]: Key }

/** A text equal for equal keys only: `1` is not `'1'`, the order of fields does not matter. */
export function canonical(key: Key): string | symbol {
  return typeof key === 'symbol' ? key : tagged(key)
}

/**
 * A number from 0 to 2^32 - 1, the same for equal keys on every machine: FNV-1a
 * over their canonical form, without the symbols' identity.
 */
export function stableHash(key: Key): number {
  let hash = 0x811c9dc5
  const text = String(canonical(key))
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

function tagged(key: Key): string {
  switch (typeof key) {
    case 'string':
      return JSON.stringify(key)
    case 'number':
      return Object.is(key, -0) ? '0' : String(key)
    case 'bigint':
      return `${key}n`
    case 'boolean':
      return String(key)
    case 'object':
      return key === null ? 'null' : compound(key)
    default:
      throw badKey(key)
  }
}

function compound(key: readonly Key[] | { readonly [field: string]: Key }): string {
  if (Array.isArray(key)) return `[${(key as readonly Key[]).map(tagged).join(',')}]`
  const prototype: unknown = Object.getPrototypeOf(key)
  if (prototype !== Object.prototype && prototype !== null) throw badKey(key)
  const fields = Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([field, value]) => `${JSON.stringify(field)}:${tagged(value)}`).join(',')}}`
}

function badKey(key: unknown): Problem {
  return new Problem('invalid_key', `a ${typeof key} cannot be a key, or part of one`, {
    field: 'key',
    wayOut: 'use strings, numbers, booleans, and plain arrays or records of them',
  })
}
