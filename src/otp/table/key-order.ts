import { Problem } from '../../kernel/index.ts'
import { canonical, type Key } from '../key.ts'

/**
 * The order of keys in an ordered table, Erlang's as far as the terms exist here:
 * numbers, then booleans and null (by name), lists (shorter first), records
 * (fewer fields first), strings. `1` and `1n` are the same place.
 */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' && typeof b === 'string') return compare(a, b)
  const rankA = rank(a)
  const rankB = rank(b)
  if (rankA !== rankB) return rankA - rankB
  if (rankA === NUMBER) return compareNumbers(a as number | bigint, b as number | bigint)
  if (rankA === LIST) return compareLists(a as readonly Key[], b as readonly Key[])
  if (rankA === RECORD) return compareRecords(a as KeyRecord, b as KeyRecord)
  return compare(String(a as string | boolean | null), String(b as string | boolean | null))
}

type KeyRecord = { readonly [field: string]: Key }

const NUMBER = 0
const ATOM = 1
const LIST = 2
const RECORD = 3
const STRING = 4

function rank(key: Key): number {
  switch (typeof key) {
    case 'number':
    case 'bigint':
      return NUMBER
    case 'boolean':
      return ATOM
    case 'string':
      return STRING
    case 'object':
      if (key === null) return ATOM
      return Array.isArray(key) ? LIST : RECORD
    default:
      canonical(key)
      throw new Problem('invalid_key', 'a symbol has no place in an order', {
        field: 'key',
        wayOut: 'use a string, or a table of type set',
      })
  }
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  const odd = Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  return odd === 0 ? compare(a, b) : odd
}

function compareLists(a: readonly Key[], b: readonly Key[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (const [index, key] of a.entries()) {
    const order = compareKeys(key, b[index] as Key)
    if (order !== 0) return order
  }
  return 0
}

function compareRecords(a: KeyRecord, b: KeyRecord): number {
  const fieldsA = Object.keys(a).sort()
  const fieldsB = Object.keys(b).sort()
  return (
    compareLists(fieldsA, fieldsB) ||
    compareLists(
      fieldsA.map((field) => a[field] as Key),
      fieldsB.map((field) => b[field] as Key),
    )
  )
}

function compare<T extends string | number | bigint>(a: T, b: T): number {
  if (a < b) return -1
  return a > b ? 1 : 0
}
