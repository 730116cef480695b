import { type ExitReason, formatExit } from './exit.ts'
import type { Pid } from './pid.ts'

/** What the runtime tells its logger when a process did not end well, or was sent junk. */
export interface CrashReport {
  readonly kind:
    | 'process_crash'
    | 'server_crash'
    | 'child_terminated'
    | 'child_start_failed'
    | 'child_shutdown_failed'
    | 'supervisor_gave_up'
    | 'unexpected_message'
    | 'root_exit'
    | 'application_terminated'
  readonly level: 'error' | 'warning'
  readonly pid: Pid
  readonly name: string | undefined
  /** What the process runs: the `name` of a server definition. */
  readonly module: string
  readonly reason: ExitReason
  /** The chain of processes that started this one, nearest first. */
  readonly ancestors: readonly Pid[]
  /** The message in hand when it happened. */
  readonly lastMessage?: unknown
  /** The state as `formatStatus` shows it. */
  readonly state?: unknown
  /** Who waits for the answer to the message in hand. */
  readonly client?: Pid | undefined
  /** Id of the child concerned, in reports of supervisors. */
  readonly child?: string
}

/** Receives every report; what it throws is dropped. */
export type ReportLogger = (report: CrashReport) => void

/** Node's own warning channel: standard error, without a logger configured. */
export const warnOnStderr: ReportLogger = (report) => {
  process.emitWarning(formatReport(report), { type: 'OtpReport', code: report.kind })
}

/** One line: who, what and why; for errors followed by their stack. */
export function formatReport(report: CrashReport): string {
  const who = `${report.module} ${report.name ?? report.pid.id}`
  const child = report.child === undefined ? '' : ` (child ${report.child})`
  const why = report.reason instanceof Error ? report.reason.stack : formatExit(report.reason)
  return `${report.kind.replaceAll('_', ' ')}: ${who}${child}: ${why}`
}
