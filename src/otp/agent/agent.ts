import type { Dest, Findable, Runtime } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import type { Pid } from '../pid.ts'
import type { Host } from '../process.ts'
import type { CallOptions, StartOptions } from '../server/definition.ts'
import { hostFor, type Where } from '../server/gen-server.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import { AgentServer } from './agent-server.ts'

/** A reference to an agent whose state is an `S`. */
export interface AgentRef<S> extends Findable, AsyncDisposable {
  readonly pid: Pid
  /** Only for the compiler: the type of the state. */
  readonly state?: S
  stop(reason?: ExitReason, timeoutMs?: number): Promise<void>
}

/** An agent by reference, with its type, or by name or pid. */
export type AgentDest<S> = AgentRef<S> | Dest

type Options = CallOptions & Where

/**
 * A process around a value. The functions run inside of it: a slow one keeps
 * everybody waiting, one that throws ends the agent and fails its caller.
 */
export const Agent = {
  /** Starts an agent with what `make` returns. */
  async startLink<S>(make: () => S | Promise<S>, options?: StartOptions): Promise<AgentRef<S>> {
    return AgentServer.startLink(make, options)
  },

  async start<S>(make: () => S | Promise<S>, options?: StartOptions): Promise<AgentRef<S>> {
    return AgentServer.start(make, options)
  },

  child(make: () => unknown, options?: ChildOptions): ChildSpec {
    return AgentServer.child(make, options)
  },

  /** What `read` makes of the state. */
  get<S, R>(agent: AgentDest<S>, read: (state: S) => R | Promise<R>, options?: Options): Promise<R> {
    return at(agent, options).call.get(read as never, options) as Promise<R>
  },

  /** Puts what `change` returns in the place of the state. */
  async update<S>(
    agent: AgentDest<S>,
    change: (state: S) => S | Promise<S>,
    options?: Options,
  ): Promise<void> {
    await at(agent, options).call.update(change as never, options)
  },

  /** `change` returns `[answer, newState]`; anything else ends the agent with `bad_return_value`. */
  getAndUpdate<S, R>(
    agent: AgentDest<S>,
    change: (state: S) => readonly [R, S] | Promise<readonly [R, S]>,
    options?: Options,
  ): Promise<R> {
    return at(agent, options).call.getAndUpdate(change as never, options) as Promise<R>
  },

  /** `update` without waiting; never fails. */
  cast<S>(agent: AgentDest<S>, change: (state: S) => S | Promise<S>, options?: Where): void {
    at(agent, options).cast.update(change as never)
  },
} as const

function at(agent: AgentDest<never>, options: Where = {}): ReturnType<typeof AgentServer.at> {
  return AgentServer.at(agent, hostFor(agent, options.runtime) as Host & Runtime)
}
