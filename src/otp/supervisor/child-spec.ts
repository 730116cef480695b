import { Problem } from '../../kernel/index.ts'
import type { Name, Runtime } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import type { Pid } from '../pid.ts'
import type { ThreadOptions } from '../thread/thread-options.ts'
import type { Estate } from './estate.ts'

/** When an ended child is started again: always, after an unclean end only, never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** How long a child may take to end before it is killed. */
export type Shutdown = number | 'infinity' | 'brutal_kill'

/** How a start went; `ignored` means that `init` declined. */
export type StartOutcome =
  | { readonly status: 'started'; readonly pid: Pid }
  | { readonly status: 'ignored' }
  | { readonly status: 'failed'; readonly reason: ExitReason }

/** Where a child is to be started. */
export interface ChildPlace {
  readonly runtime: Runtime
  /** The supervisor; the child must be linked to it. */
  readonly parent: Pid
  /** What the child's last life left, when that crashed. */
  readonly estate?: Estate | undefined
}

/** Restarts slow down instead of following each other at once: an extension, off by default. */
export interface Backoff {
  readonly initialMs: number
  readonly maxMs: number
  /** A child that lived this long starts again at `initialMs`; 60000 by default. */
  readonly stableMs?: number
}

/** What may be said about a child beside what it runs. */
export interface ChildOptions {
  /** Unique in its supervisor; the definition's name by default. */
  readonly id?: string | undefined
  /** Registered name of the process. */
  readonly name?: Name | undefined
  /** `permanent` by default. */
  readonly restart?: Restart | undefined
  /** 5000 ms by default, `infinity` for supervisors. */
  readonly shutdown?: Shutdown | undefined
  /** Its own end may end the supervisor, see `autoShutdown`. */
  readonly significant?: boolean | undefined
  readonly backoff?: Backoff | undefined
  /** Runs the server in a worker thread of its own. */
  readonly thread?: ThreadOptions | undefined
}

/** How to start, restart and stop one child. */
export interface ChildSpec {
  readonly id: string
  /** Must not reject. */
  readonly start: (place: ChildPlace) => Promise<StartOutcome>
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly type: 'worker' | 'supervisor'
  readonly significant: boolean
  readonly backoff?: Backoff | undefined
}

const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary']
const SHUTDOWNS: readonly unknown[] = ['infinity', 'brutal_kill']
const TYPES: readonly unknown[] = ['worker', 'supervisor']

/** What is wrong with a spec, naming the field; undefined when it is fine. */
export function specProblem(spec: ChildSpec, autoShutdown: boolean): Problem | undefined {
  const { id, start, restart, shutdown, type, significant } = spec
  if (typeof id !== 'string' || id === '')
    return bad('id', id, 'give the child a name that is unique in its supervisor')
  if (typeof start !== 'function') return bad('start', start, 'pass what Server.child() returns')
  if (!RESTARTS.includes(restart)) return bad('restart', restart, 'use permanent, transient or temporary')
  if (!TYPES.includes(type)) return bad('type', type, 'use worker or supervisor')
  if (!SHUTDOWNS.includes(shutdown) && !(typeof shutdown === 'number' && shutdown >= 0)) {
    return bad('shutdown', shutdown, 'give milliseconds, infinity or brutal_kill')
  }
  if (!significant) return undefined
  if (restart === 'permanent') return bad('significant', true, 'make the child transient or temporary')
  return autoShutdown ? undefined : bad('significant', true, 'set autoShutdown of the supervisor')
}

/** The first problem of a whole list, duplicate ids among them. */
export function specsProblem(specs: readonly ChildSpec[], autoShutdown: boolean): Problem | undefined {
  const ids = specs.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) return bad('id', twice, 'give each child of a supervisor its own id')
  return specs.map((spec) => specProblem(spec, autoShutdown)).find((problem) => problem !== undefined)
}

function bad(field: string, value: unknown, wayOut: string): Problem {
  return new Problem('invalid_child_spec', `a child spec cannot have ${field} ${String(value)}`, {
    field,
    wayOut,
  })
}
