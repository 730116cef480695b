import { type Err, err, ok, Problem, type Result } from '../../kernel/index.ts'
import { place } from '../call-request.ts'
import type { Dest } from '../context.ts'
import { formatExit, reasonOf } from '../exit.ts'
import { listItems } from '../few.ts'
import type { Pid } from '../pid.ts'
import { type Callbacks, callbacksOf } from './callbacks.ts'
import type { CallOptions } from './definition.ts'
import { hostFor, type Where } from './gen-server.ts'
import type { Statistics, TraceStep } from './management.ts'
import { shownState } from './server-crash.ts'
import { type ManagedServer, SystemRequest } from './system-request.ts'

/** Options of every `sys` function: a time limit (5000 ms by default), and where names are looked up. */
export type SysOptions = CallOptions & Where

/** What `sys.getStatus` tells. */
export interface ServerStatus {
  readonly pid: Pid
  readonly name: string | undefined
  readonly module: string
  readonly status: 'running' | 'suspended'
  readonly parent: Pid | undefined
  readonly ancestors: readonly Pid[]
  readonly links: readonly Pid[]
  readonly trapExit: boolean
  readonly messageQueueLength: number
  readonly handled: number
  readonly startedAtMs: number
  /** As `formatStatus` shows it. */
  readonly state: unknown
  readonly traced: boolean
  readonly log: readonly TraceStep[] | undefined
}

/**
 * Looks into servers and steers them, as Erlang's `sys` does. Every function is a
 * message behind those already waiting, answered by the runtime and not by the
 * server's callbacks, also while it is suspended. Each rejects with `CallError`
 * as a call would, and restarts a pending `timeout` of the server.
 */
export const sys = {
  /** The state, as it is: no copy. */
  getState(to: Dest, options?: SysOptions): Promise<unknown> {
    return ask(to, 'sys.getState', (server) => server.state, options)
  },

  /** Puts what `change` makes of the state in its place and gives that; when it throws, the state stays. */
  replaceState<S>(to: Dest, change: (state: S) => S, options?: SysOptions): Promise<S> {
    return ask(
      to,
      'sys.replaceState',
      (server) => {
        server.state = change(server.state as S)
        return server.state as S
      },
      options,
    )
  },

  /** From now on user messages wait, in order; system messages and `stop` are served. */
  suspend(to: Dest, options?: SysOptions): Promise<void> {
    return ask(to, 'sys.suspend', (server) => server.management.suspend(), options)
  },

  resume(to: Dest, options?: SysOptions): Promise<void> {
    return ask(to, 'sys.resume', (server) => server.management.resume(), options)
  },

  getStatus(to: Dest, options?: SysOptions): Promise<ServerStatus> {
    return ask(to, 'sys.getStatus', statusOf, options)
  },

  /** Switches the event `otp.server.trace` on or off for this server. */
  trace(to: Dest, on: boolean, options?: SysOptions): Promise<void> {
    return ask(
      to,
      'sys.trace',
      ({ management }) => {
        management.traced = on
      },
      options,
    )
  },

  /** Keeps the last steps of the server for `getLog`: 10, or as many as are asked for; false ends it. */
  log(to: Dest, size: number | boolean, options?: SysOptions): Promise<void> {
    const kept = size === true ? undefined : Number(size)
    return ask(to, 'sys.log', ({ management }) => management.keepLog(kept), options)
  },

  /** The steps kept, oldest first; empty without `log`. */
  getLog(to: Dest, options?: SysOptions): Promise<readonly TraceStep[]> {
    return ask(to, 'sys.getLog', ({ management }) => management.log ?? [], options)
  },

  /** Begins (`true`) or ends (`false`) counting messages. */
  statistics(to: Dest, on: boolean, options?: SysOptions): Promise<void> {
    return ask(
      to,
      'sys.statistics',
      ({ management, host }) => {
        management.counted = on ? { sinceMs: host.clock.nowMs(), messagesIn: 0, messagesOut: 0 } : undefined
      },
      options,
    )
  },

  /** What was counted; undefined when nothing is. */
  getStatistics(to: Dest, options?: SysOptions): Promise<Statistics | undefined> {
    return ask(to, 'sys.getStatistics', ({ management }) => management.counted, options)
  },

  /**
   * Lets a suspended server run another definition from now on. Its `codeChange`
   * makes the new state; when that refuses or throws, everything stays as it was.
   * Handlers at work are none, as the server is suspended; references keep their
   * client methods, so take new ones from the new definition.
   */
  async changeCode(
    to: Dest,
    definition: object,
    extra?: unknown,
    options?: SysOptions,
  ): Promise<Result<void, 'not_suspended' | 'refused'>> {
    const callbacks = callbacksOf(definition)
    if (!callbacks) {
      throw new Problem('invalid_definition', 'changeCode needs what defineServer made', {
        field: 'definition',
        wayOut: 'pass the server definition itself',
      })
    }
    return await ask(to, 'sys.changeCode', (server) => change(server, callbacks, extra), options)
  },
} as const

async function ask<R>(
  to: Dest,
  label: string,
  run: (server: ManagedServer) => R | Promise<R>,
  { timeoutMs = 5_000, runtime }: SysOptions = {},
): Promise<R> {
  const host = hostFor(to, runtime)
  const answer = await place(host, to, label, timeoutMs, (target) => {
    return new SystemRequest(target, label, run, timeoutMs)
  })
  if ('value' in answer) return answer.value as R
  throw answer.thrown
}

function statusOf(server: ManagedServer): ServerStatus {
  const { pid, name, module, parent, ancestors, handled, startedAtMs, management } = server
  return {
    pid,
    name,
    module,
    parent,
    ancestors,
    handled,
    startedAtMs,
    status: management.suspended ? 'suspended' : 'running',
    links: listItems(server.links).map((peer) => peer.pid),
    trapExit: server.trapping,
    messageQueueLength: server.mailbox.length,
    state: shownState(server.callbacks.formatStatus, server.state),
    traced: management.traced,
    log: management.log,
  }
}

async function change(
  server: ManagedServer,
  callbacks: Callbacks,
  extra: unknown,
): Promise<Result<void, 'not_suspended' | 'refused'>> {
  if (!server.management.suspended) return err('not_suspended', 'suspend the server first')
  try {
    const made = callbacks.codeChange
      ? await callbacks.codeChange(server.state, extra, server.context)
      : server.state
    if (isRefusal(made)) return err('refused', made.message ?? made.reason)
    server.callbacks = callbacks
    server.state = made
    return ok()
  } catch (thrown) {
    return err('refused', formatExit(reasonOf(thrown)))
  }
}

function isRefusal(made: unknown): made is Err<string> {
  return typeof made === 'object' && made !== null && 'reason' in made && 'ok' in made && made.ok === false
}
