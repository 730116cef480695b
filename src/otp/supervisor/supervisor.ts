import type { Result } from '../../kernel/index.ts'
import type { Dest, Name, Runtime } from '../context.ts'
import type { Pid } from '../pid.ts'
import type { Host } from '../process.ts'
import type { RefOf, StartOptions } from '../server/definition.ts'
import { hostFor } from '../server/gen-server.ts'
import { sys } from '../server/sys.ts'
import type { ChildCounts, ChildInfo } from './child.ts'
import { type ChildOptions, type ChildSpec, specsProblem } from './child-spec.ts'
import { checkOptions } from './option-problem.ts'
import type { StartChildResult } from './start-child.ts'
import { SupervisorServer } from './supervisor-server.ts'
import type { SupervisorOptions } from './supervisor-state.ts'

/** A reference to a supervisor. */
export type SupervisorRef = RefOf<typeof SupervisorServer>

/** Supervisors wait for their children, however long these take. */
const PATIENTLY = { timeoutMs: Number.POSITIVE_INFINITY }

/**
 * Starts children in order, restarts them by strategy, stops them in reverse.
 * More than `maxRestarts` restarts in `maxSeconds` end it with `shutdown`.
 * Wherever a supervisor is meant, a name, a pid or a reference will do.
 */
export const Supervisor = {
  /** Starts a supervisor with its children; rejects with `StartError` when one fails to start. */
  async startLink(
    options: SupervisorOptions & { readonly name?: Name | undefined },
    start: StartOptions = {},
  ): Promise<SupervisorRef> {
    check(options)
    return SupervisorServer.startLink(options, { name: options.name, ...start })
  },

  /** A supervisor as a child of another one. */
  child(options: SupervisorOptions & ChildOptions): ChildSpec {
    check(options)
    const { id = 'supervisor', shutdown = 'infinity' } = options
    const spec = SupervisorServer.child(options, { ...options, id, shutdown })
    return { ...spec, type: 'supervisor' }
  },

  /** Adds a child and starts it; a spec that fails to start is not kept. */
  startChild(to: Dest, spec: ChildSpec, runtime?: Runtime): Promise<StartChildResult> {
    return at(to, runtime).call.startChild(spec, PATIENTLY)
  },

  /** Stops a child; its spec stays, unless it is temporary. Costs no restart. */
  terminateChild(to: Dest, id: string, runtime?: Runtime): Promise<Result<void, 'not_found'>> {
    return at(to, runtime).call.terminateChild(id, PATIENTLY)
  },

  /** Starts a stopped child again. */
  restartChild(
    to: Dest,
    id: string,
    runtime?: Runtime,
  ): Promise<Result<Pid | undefined, 'running' | 'restarting' | 'not_found' | 'start_failed'>> {
    return at(to, runtime).call.restartChild(id, PATIENTLY)
  },

  /** Forgets a stopped child. */
  deleteChild(
    to: Dest,
    id: string,
    runtime?: Runtime,
  ): Promise<Result<void, 'running' | 'restarting' | 'not_found'>> {
    return at(to, runtime).call.deleteChild(id, PATIENTLY)
  },

  /** All children, last started first. */
  whichChildren(to: Dest, runtime?: Runtime): Promise<readonly ChildInfo[]> {
    return at(to, runtime).call.whichChildren(undefined, PATIENTLY)
  },

  countChildren(to: Dest, runtime?: Runtime): Promise<ChildCounts> {
    return at(to, runtime).call.countChildren(undefined, PATIENTLY)
  },

  /**
   * Puts other options in force without touching a running child: a known id gets
   * its new spec for the next start, a new one waits for `restartChild`, one that
   * is not listed stays. Restarts are counted anew.
   */
  async reconfigure(to: Dest, options: SupervisorOptions, runtime?: Runtime): Promise<void> {
    check(options)
    const patiently = { ...PATIENTLY, runtime }
    await sys.suspend(to, patiently)
    await sys.changeCode(to, SupervisorServer, options, patiently)
    await sys.resume(to, patiently)
  },

  /** The spec of a child, as it would be started. */
  getChildSpec(to: Dest, id: string, runtime?: Runtime): Promise<ChildSpec | undefined> {
    return at(to, runtime).call.getChildSpec(id, PATIENTLY)
  },
} as const

function at(to: Dest, runtime: Runtime | undefined): SupervisorRef {
  return SupervisorServer.at(to, hostFor(to, runtime) as Host & Runtime)
}

function check(options: SupervisorOptions): void {
  const { children, autoShutdown = 'never' } = options
  checkOptions(options)
  const problem = specsProblem(children, autoShutdown !== 'never')
  if (problem) throw problem
}
