import type { Result } from '../../kernel/index.ts'
import type { Dest, Name, Runtime } from '../context.ts'
import type { Pid } from '../pid.ts'
import type { Host } from '../process.ts'
import type { RefOf, StartOptions } from '../server/definition.ts'
import { hostFor } from '../server/gen-server.ts'
import type { ChildCounts, ChildInfo } from './child.ts'
import type { ChildOptions, ChildSpec } from './child-spec.ts'
import type { DynamicOptions } from './dynamic-children.ts'
import { DynamicServer } from './dynamic-server.ts'
import { checkOptions } from './option-problem.ts'
import type { StartChildResult } from './start-child.ts'

/** A reference to a dynamic supervisor. */
export type DynamicSupervisorRef = RefOf<typeof DynamicServer>

const PATIENTLY = { timeoutMs: Number.POSITIVE_INFINITY }

/**
 * Children that come and go, known by their pid. Each is restarted on its own;
 * at the end all are stopped at once, not one after the other.
 */
export const DynamicSupervisor = {
  async startLink(
    options: DynamicOptions & { readonly name?: Name | undefined } = {},
    start: StartOptions = {},
  ): Promise<DynamicSupervisorRef> {
    checkOptions(options)
    return DynamicServer.startLink(options, { name: options.name, ...start })
  },

  /** A dynamic supervisor as a child of a supervisor. */
  child(options: DynamicOptions & ChildOptions = {}): ChildSpec {
    checkOptions(options)
    return {
      ...DynamicServer.child(options, { ...options, shutdown: options.shutdown ?? 'infinity' }),
      type: 'supervisor',
    }
  },

  /** Starts a child; `max_children` when the supervisor is full. */
  startChild(to: Dest, spec: ChildSpec, runtime?: Runtime): Promise<StartChildResult> {
    return at(to, runtime).call.startChild(spec, PATIENTLY)
  },

  /** Stops a child for good. After a restart the old pid is not found. */
  terminateChild(to: Dest, pid: Pid, runtime?: Runtime): Promise<Result<void, 'not_found'>> {
    return at(to, runtime).call.terminateChild(pid, PATIENTLY)
  },

  whichChildren(to: Dest, runtime?: Runtime): Promise<readonly ChildInfo[]> {
    return at(to, runtime).call.whichChildren(undefined, PATIENTLY)
  },

  countChildren(to: Dest, runtime?: Runtime): Promise<ChildCounts> {
    return at(to, runtime).call.countChildren(undefined, PATIENTLY)
  },
} as const

function at(to: Dest, runtime: Runtime | undefined): DynamicSupervisorRef {
  return DynamicServer.at(to, hostFor(to, runtime) as Host & Runtime)
}
