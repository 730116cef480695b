import type { Context } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import type { Crash } from '../supervisor/estate.ts'
import type { MailboxLimit, StateLimit } from './limits.ts'

/** A handler with its types forgotten: what the engine runs. */
export type Handler = (state: unknown, argument: unknown, ctx: Context) => unknown

/** Handlers by name, without a prototype: a request for `toString` finds nothing. */
export type Handlers = Readonly<Record<string, Handler | undefined>>

/** A server definition with its types forgotten. */
export interface Callbacks {
  readonly name: string
  readonly init: (args: unknown, ctx: Context) => unknown
  readonly start: ((state: unknown, ctx: Context) => unknown) | undefined
  readonly calls: Handlers
  readonly casts: Handlers
  readonly info: Handlers | Handler
  readonly continues: Handlers
  readonly terminate: ((reason: ExitReason, state: unknown, ctx: Context) => unknown) | undefined
  readonly formatStatus: ((state: unknown) => unknown) | undefined
  readonly restore: ((saved: unknown, crash: Crash, ctx: Context) => unknown) | undefined
  readonly mailbox: MailboxLimit | undefined
  readonly stateLimit: StateLimit<unknown> | undefined
  readonly codeChange: ((state: unknown, extra: unknown, ctx: Context) => unknown) | undefined
}

const known = new WeakMap<object, Callbacks>()

/** Lets `callbacksOf` find what a definition runs. */
export function rememberCallbacks(definition: object, callbacks: Callbacks): void {
  known.set(definition, callbacks)
}

/** What a definition made by `defineServer` runs; undefined for anything else. */
export function callbacksOf(definition: object): Callbacks | undefined {
  return known.get(definition)
}

/** A table without a prototype. */
export function handlers(source: object | undefined): Handlers {
  return Object.assign(Object.create(null) as Handlers, source)
}
