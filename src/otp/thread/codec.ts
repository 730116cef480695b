import { inspect, types } from 'node:util'
import { Problem } from '../../kernel/index.ts'
import type { Pid } from '../pid.ts'
import { ProcessId } from '../process.ts'
import { type CodedError, codeError, decodeError } from './coded-error.ts'

/** How pids cross: as the serial numbers of the runtime outside of the thread. */
export interface Border {
  /** Throws a `Problem` for a pid that means nothing on the other side. */
  leave(pid: ProcessId): number
  enter(serial: number): Pid
}

/** Marks what stands for something else; no user's field has such a name. */
const MARK = '\u0000otp'

type Marked =
  | { readonly [MARK]: 'pid'; readonly serial: number }
  | ({ readonly [MARK]: 'error' } & CodedError)

/**
 * Prepares values for the structured clone, which would lose pids and the classes
 * of errors, and whose own complaint names no field. What holds neither passes as
 * it is, uncopied.
 */
export class Codec {
  /** The last value encoded is not as it was and must be decoded. */
  coded = false
  private readonly border: Border
  private readonly path: (string | number)[] = []
  private begun = false
  /** What nested objects became; undefined for those still being walked. */
  private met: Map<object, unknown> | undefined
  private looped = false

  constructor(border: Border) {
    this.border = border
  }

  /** Throws a `Problem` that names the field which cannot cross; `label` is what the value is. */
  encode(value: unknown, label: string): unknown {
    this.coded = false
    if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value
    this.path.length = 0
    this.path.push(label)
    this.begun = false
    this.met = undefined
    this.looped = false
    const encoded = this.walk(value)
    if (this.looped && this.coded) throw this.refusal('a loop, and holds pids or errors')
    return encoded
  }

  /** The same for what must arrive in any case: a part that cannot becomes its description. */
  encodeAnyway(value: unknown): unknown {
    try {
      const encoded = this.encode(value, 'value')
      structuredClone(encoded)
      return encoded
    } catch {
      this.coded = false
      if (!(value instanceof Error)) return inspect(value)
      const { name, message, stack } = value
      return this.marked({ [MARK]: 'error', name, message, stack, cause: undefined, fields: {} })
    }
  }

  decode(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (MARK in value) return this.unmark(value as Marked)
    if (Array.isArray(value)) return value.map((item) => this.decode(item))
    if (value instanceof Map) {
      return new Map([...value].map(([key, item]) => [this.decode(key), this.decode(item)]))
    }
    if (value instanceof Set) return new Set([...value].map((item) => this.decode(item)))
    if (Object.getPrototypeOf(value) !== Object.prototype) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.decode(item)]))
  }

  private unmark(marked: Marked): unknown {
    if (marked[MARK] === 'pid') return this.border.enter(marked.serial)
    return decodeError(marked, (value) => this.decode(value))
  }

  private walk(value: unknown): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') throw this.refusal(`a ${typeof value}`)
    if (typeof value !== 'object' || value === null) return value
    if (this.begun) return this.nested(value)
    this.begun = true
    return this.compound(value)
  }

  private compound(value: object): unknown {
    if (value instanceof ProcessId) return this.marked({ [MARK]: 'pid', serial: this.border.leave(value) })
    if (value instanceof Error) return this.error(value)
    if (Array.isArray(value)) return this.items(value)
    if (value instanceof Map) {
      const entries = [...value]
      const walked = this.items(entries)
      return walked === entries ? value : new Map(walked as [unknown, unknown][])
    }
    if (value instanceof Set) {
      const items = [...value]
      const walked = this.items(items)
      return walked === items ? value : new Set(walked)
    }
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value
    if (types.isPromise(value)) throw this.refusal('a promise')
    return this.fields(value as Record<string, unknown>)
  }

  private items(values: readonly unknown[]): readonly unknown[] {
    let copy: unknown[] | undefined
    for (let index = 0; index < values.length; index++) {
      const before = values[index]
      if (!mayChange(before)) continue
      this.path.push(index)
      const after = this.walk(before)
      this.path.pop()
      if (after !== before) (copy ??= [...values])[index] = after
    }
    return copy ?? values
  }

  private fields(record: Record<string, unknown>): object {
    let copy: Record<string, unknown> | undefined
    for (const key of Object.keys(record)) {
      const before = record[key]
      if (!mayChange(before)) continue
      this.path.push(key)
      const after = this.walk(before)
      this.path.pop()
      if (after !== before) (copy ??= { ...record })[key] = after
    }
    return copy ?? record
  }

  private error(error: Error): unknown {
    return this.marked({ [MARK]: 'error', ...codeError(error, (value) => this.within(value)) })
  }

  /** A field of an error: the error must arrive, whatever hangs on it. */
  private within(value: unknown): unknown {
    const { length } = this.path
    try {
      return this.walk(value)
    } catch {
      this.path.length = length
      return inspect(value)
    }
  }

  private marked(mark: Marked): Marked {
    this.coded = true
    return mark
  }

  /** Each object is walked once: what is shared stays shared, and a loop comes to an end. */
  private nested(value: object): unknown {
    this.met ??= new Map()
    const before = this.met.get(value)
    if (before !== undefined) return before
    if (this.met.has(value)) {
      this.looped = true
      return value
    }
    this.met.set(value, undefined)
    const walked = this.compound(value)
    this.met.set(value, walked)
    return walked
  }

  private refusal(what: string): Problem {
    const field = this.path.map((step, at) => stepText(step, at)).join('')
    return notCloneable(`${field} is ${what}, which`, 'send plain data', field)
  }
}

/** What cannot cross the border of a thread; `what` is the subject of the sentence. */
export function notCloneable(what: string, wayOut: string, field?: string): Problem {
  return new Problem('not_cloneable', `${what} cannot go to or come from a thread`, { field, wayOut })
}

function mayChange(value: unknown): boolean {
  const type = typeof value
  return (type === 'object' && value !== null) || type === 'function' || type === 'symbol'
}

function stepText(step: string | number, at: number): string {
  if (typeof step === 'number') return `[${step}]`
  return at === 0 ? step : `.${step}`
}
