import { Pending, placeCall, placeCast, placeStop } from '../call-request.ts'
import type { Dest, From, Runtime } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import { type Host, ProcessId } from '../process.ts'
import type { CallOptions } from './definition.ts'
import { Ref } from './server-ref.ts'
import { runtimeFor } from './start.ts'

/** Where a name is to be looked up: the running process's runtime or the default one, unless given. */
export interface Where {
  readonly runtime?: Runtime | undefined
}

/** What became of a call to many. */
export interface MultiCallResult {
  readonly replies: readonly { readonly to: Dest; readonly value: unknown }[]
  readonly bad: readonly Dest[]
}

/** Elixir's static functions, for destinations of which no type is known. */
export const GenServer = {
  call(to: Dest, name: string, argument?: unknown, options: CallOptions & Where = {}): Promise<unknown> {
    return placeCall(hostFor(to, options.runtime), to, name, argument, options.timeoutMs)
  },

  cast(to: Dest, name: string, argument?: unknown, options: Where = {}): void {
    placeCast(hostFor(to, options.runtime), to, name, argument)
  },

  /** Asks all at once; who did not answer, for whatever reason, is in `bad`. Never rejects for them. */
  async multiCall(
    to: readonly Dest[],
    name: string,
    argument?: unknown,
    options: CallOptions & Where = {},
  ): Promise<MultiCallResult> {
    const asked = to.map((dest) => GenServer.call(dest, name, argument, options))
    const settled = await Promise.allSettled(asked)
    const answered = settled.map((outcome, index) => ({ outcome, to: to[index] as Dest }))
    return {
      replies: answered.flatMap(({ outcome, to: dest }) =>
        outcome.status === 'fulfilled' ? { to: dest, value: outcome.value } : [],
      ),
      bad: answered.flatMap(({ outcome, to: dest }) => (outcome.status === 'rejected' ? dest : [])),
    }
  },

  /** Casts to all; never fails. */
  abcast(to: readonly Dest[], name: string, argument?: unknown, options: Where = {}): void {
    for (const dest of to) GenServer.cast(dest, name, argument, options)
  },

  stop(to: Dest, reason: ExitReason = 'normal', options: CallOptions & Where = {}): Promise<void> {
    const { timeoutMs = Number.POSITIVE_INFINITY } = options
    return placeStop(hostFor(to, options.runtime), to, reason, timeoutMs)
  },
} as const

/** Answers a call that was kept with `later`; harmless when too late or repeated. */
export function replyTo<R>(from: From<R>, value: R): void {
  if (from instanceof Pending) from.reply(value)
}

/** Pids and references know their runtime; names do not. */
export function hostFor(to: Dest, runtime?: Runtime): Host {
  if (to instanceof ProcessId || to instanceof Ref) return to.host
  return runtimeFor(runtime)
}
