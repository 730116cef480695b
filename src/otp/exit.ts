import { inspect } from 'node:util'

/**
 * Why a process ended.
 *
 * `normal`, `shutdown` and `{ shutdown: x }` are clean: no crash report, and a
 * transient child is not restarted. A thrown `Error` is its own reason; any
 * other thrown value `v` becomes `{ nocatch: v }`.
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'kill'
  | 'killed'
  | 'noproc'
  | (string & Record<never, never>)
  | object

/** True for `normal`, `shutdown` and `{ shutdown: x }`. */
export function isClean(reason: ExitReason): boolean {
  if (reason === 'normal' || reason === 'shutdown') return true
  return typeof reason === 'object' && !(reason instanceof Error) && 'shutdown' in reason
}

/** One line for people: the message of an error, the value of anything else. */
export function formatExit(reason: ExitReason): string {
  if (typeof reason === 'string') return reason
  if (reason instanceof Error) return `${reason.name}: ${reason.message}`
  const failed = failedChildOf(reason)
  if (failed)
    return `child ${String(failed.failed_to_start_child)} failed to start: ${formatExit(failed.reason)}`
  return inspect(reason, { depth: 3, breakLength: Number.POSITIVE_INFINITY })
}

/** What a supervisor says, within `{ shutdown }`, when a child's start failed. */
export interface FailedChild {
  readonly failed_to_start_child: unknown
  readonly reason: ExitReason
}

function failedChildOf(reason: object): FailedChild | undefined {
  const inner = (reason as { readonly shutdown?: Partial<FailedChild> }).shutdown
  return inner?.failed_to_start_child === undefined ? undefined : (inner as FailedChild)
}

/** Ends the calling process with `reason`; in a server `terminate` still runs. */
export function exit(reason: ExitReason): never {
  throw new ExitThrow(reason)
}

/** Carries the reason of `exit()` to the process that catches it. */
class ExitThrow extends Error {
  override readonly name = 'Exit'
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    super(`exit: ${formatExit(reason)}`)
    this.reason = reason
  }
}

/** The exit reason that a value thrown by user code stands for. */
export function reasonOf(thrown: unknown): ExitReason {
  if (thrown instanceof ExitThrow) return thrown.reason
  return thrown instanceof Error ? thrown : { nocatch: thrown }
}

/**
 * Thrown by every door of the runtime that is entered for a process that has
 * already ended: the code still running after an `await` is a ghost, and must
 * not act any more.
 */
export class ProcessExited extends Error {
  override readonly name = 'ProcessExited'
  readonly reason: ExitReason

  constructor(id: string, reason: ExitReason) {
    super(`process ${id} has exited: ${formatExit(reason)}`)
    this.reason = reason
  }
}
