import { Problem } from '../../kernel/index.ts'

/** An error as plain data; its own fields go with it. */
export interface CodedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

type Cross = (value: unknown) => unknown

/** Takes an error apart; `cross` prepares its fields. */
export function codeError(error: Error, cross: Cross): CodedError {
  const { name, message, stack, cause } = error
  const own = Object.entries(error).filter(([key]) => key !== 'name')
  const fields = Object.fromEntries(own.map(([key, value]) => [key, cross(value)]))
  return { name, message, stack, cause: cross(cause), fields }
}

/** Puts it together again: an instance of the class that JavaScript or we have by that name, else an `Error`. */
export function decodeError(coded: CodedError, cross: Cross): Error {
  const { name, message, stack } = coded
  const error = instanceFor(coded)
  if (error.name !== name) define(error, 'name', name)
  define(error, 'message', message)
  define(error, 'stack', stack)
  if (coded.cause !== undefined) define(error, 'cause', cross(coded.cause))
  for (const [key, value] of Object.entries(coded.fields)) Object.assign(error, { [key]: cross(value) })
  return error
}

function instanceFor({ name, message, fields }: CodedError): Error {
  if (name === 'Problem') return new Problem(String(fields['code']), message)
  const builtin = BUILTINS.find((known) => known.name === name)
  return new (builtin ?? Error)(message)
}

const BUILTINS = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError] as const

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false })
}
