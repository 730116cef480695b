/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | Json[]
  | {
      [key: string]: Json
    }

/** How much of a value is shown. */
const DEPTH_MAX = 6
const ENTRIES_MAX = 100
const TEXT_MAX = 500
const NODES_MAX = 5_000

const SECRET = '[secret]'
const SECRET_KEY = /pass(word|phrase)?s?$|secret|token|credential|authori[sz]ation|cookie|(api|private)_?key/i
/** A password within an address. */
const USER_INFO = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g

/**
 * Any value as JSON for people: cut where it is long, deep or goes round in
 * circles, and with passwords, tokens and everything else whose key sounds like
 * a secret hidden. Objects of classes keep their insides to themselves, except
 * for the value itself: a state may be one.
 */
export function shownValue(value: unknown): Json {
  return new Showing().value(value, [])
}

class Showing {
  private left = NODES_MAX

  value(value: unknown, above: readonly object[]): Json {
    if (this.left-- <= 0) return '…'
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return plain(value)
    if (above.includes(value)) return '[circular]'
    const whole = wholeObject(value)
    if (whole !== undefined) return whole
    if (above.length >= DEPTH_MAX) return kindOf(value)
    return this.inside(value, [...above, value])
  }

  private inside(value: object, above: readonly object[]): Json {
    if (Array.isArray(value) || value instanceof Set) return this.list([...value], above)
    if (value instanceof Map) return this.entries([...value].map(named), above)
    const own = jsonOf(value)
    if (own !== undefined) return this.value(own, above)
    return isPlain(value) || above.length === 1 ? this.entries(fieldsOf(value), above) : kindOf(value)
  }

  private list(items: readonly unknown[], above: readonly object[]): Json {
    const shown = items.slice(0, ENTRIES_MAX).map((item) => this.value(item, above))
    return items.length > ENTRIES_MAX ? [...shown, rest(items)] : shown
  }

  private entries(entries: readonly (readonly [string, unknown])[], above: readonly object[]): Json {
    const shown = entries
      .slice(0, ENTRIES_MAX)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [text(key), hidden(key, value) ? SECRET : this.value(value, above)] as const)
    return Object.fromEntries(entries.length > ENTRIES_MAX ? [...shown, ['…', rest(entries)]] : shown)
  }
}

const rest = (all: readonly unknown[]): string => `… ${all.length - ENTRIES_MAX} more`

function plain(value: unknown): null | boolean | number | string {
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : `${value}`
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return value.toString()
    case 'function':
      return value.name === '' ? '[function]' : `[function ${value.name}]`
    default:
      return value === null ? null : 'undefined'
  }
}

function text(value: string): string {
  const clean = value.slice(0, TEXT_MAX).replace(USER_INFO, `$1${SECRET}@`)
  return value.length > TEXT_MAX ? `${clean}… (${value.length} characters)` : clean
}

/** Objects that are one thing and no container. */
function wholeObject(value: object): Json | undefined {
  if (value instanceof Error) return text(`${value.name}: ${value.message}`)
  const isBytes = ArrayBuffer.isView(value) || value instanceof ArrayBuffer
  return isBytes ? `[${value.byteLength} bytes]` : undefined
}

/** What an object says of itself: pids, dates, addresses, and the secrets that hide themselves. */
function jsonOf(value: object): unknown {
  try {
    const { toJSON } = value as { readonly toJSON?: unknown }
    return typeof toJSON === 'function' ? (toJSON.call(value) ?? null) : undefined
  } catch {
    return kindOf(value)
  }
}

/** Own fields; getters are not run. */
function fieldsOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, field]) =>
    field.enumerable && 'value' in field ? [[key, field.value as unknown] as const] : [],
  )
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function kindOf(value: object): string {
  const name = value.constructor?.name || 'object'
  if (Array.isArray(value)) return `[${value.length} items]`
  return value instanceof Map || value instanceof Set ? `[${name} of ${value.size}]` : `[${name}]`
}

const named = ([key, value]: readonly [unknown, unknown]) => [keyText(key), value] as const

function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key !== 'object' || key === null) return String(plain(key))
  const own = jsonOf(key)
  return typeof own === 'string' ? own : kindOf(key)
}

const hidden = (key: string, value: unknown): boolean =>
  SECRET_KEY.test(key) && value !== null && (typeof value === 'string' || typeof value === 'object')
