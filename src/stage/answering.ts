import { type Context, noreply, Reply, reply } from '../otp/index.ts'
import { andThen } from './eventually.ts'
import type { Halt, Outcome, StageCore } from './stage-core.ts'

/** A handler as users write it. */
export type Handler = (user: unknown, argument: unknown, ctx: Context) => unknown
/** Handlers by name. */
export type Table = Readonly<Record<string, Handler>>
/** A handler as the server behind the stage runs it. */
export type Wrapped = (stage: StageCore, argument: unknown, ctx: Context) => unknown

/** Tells the server to go on, unless something ends the stage. */
export function after(stage: StageCore, outcome: Outcome): unknown {
  return andThen<Halt | undefined, unknown>(outcome, (halt) => (halt ? halt.outcome : goOn(stage)))
}

/** With what the last of the user's handlers wants done next. */
export function goOn(stage: StageCore, answer?: unknown): unknown {
  const { next } = stage
  stage.next = undefined
  return answer instanceof Reply ? reply(answer.value, stage, next) : noreply(stage, next)
}

/** Runs a handler of the user's on the user's state; its events go out before its answer. */
export function wrap(handler: Handler): Wrapped {
  return (stage, argument, ctx) =>
    andThen<unknown, unknown>(handler(stage.user, argument, ctx), (result) => {
      const halt = stage.take(result)
      return halt ? halt.outcome : goOn(stage, result)
    })
}

/** Wraps a table of handlers. */
export function wrapAll(handlers: object = {}): Readonly<Record<string, Wrapped>> {
  const entries = Object.entries(handlers as Record<string, Handler>)
  return Object.fromEntries(entries.map(([name, handler]) => [name, wrap(handler)]))
}

/** Info handlers that come first, before the user's own: table or function. */
export function withFirst(first: Table, own: Handler | Table): Handler | Table {
  if (typeof own !== 'function') return { ...own, ...first }
  const table = new Map<unknown, Handler>(Object.entries(first))
  return (state, message, ctx) => {
    const type = typeof message === 'string' ? message : (message as { readonly type?: unknown } | null)?.type
    return (table.get(type) ?? own)(state, message, ctx)
  }
}
