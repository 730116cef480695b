import type { ExitReason } from './exit.ts'

/**
 * Names one process, for ever: never reused, also not after its end. Compare
 * pids with `===`.
 */
export interface Pid {
  /** Printable, `<0.12.0>`. */
  readonly id: string
}

/** Handle of one monitor, made by `monitor` and found in the `DOWN` it causes. */
export interface MonitorRef {
  readonly monitor: number
}

/** Arrives in `info` when a monitored process ended. */
export interface Down {
  readonly type: 'DOWN'
  readonly ref: MonitorRef
  /** Undefined when a name was monitored that nobody holds. */
  readonly pid: Pid | undefined
  /** The name that was monitored, if it was one. */
  readonly name: string | undefined
  readonly reason: ExitReason
}

/** Arrives in `info` of a process that traps exits when a linked process ended. */
export interface Exit {
  readonly type: 'EXIT'
  readonly from: Pid
  readonly reason: ExitReason
}

/** Arrives in `info` of the owner when a task that nobody awaits is done. */
export interface TaskDone {
  readonly type: 'TASK'
  /** The task's `ref`. */
  readonly ref: MonitorRef
  readonly value: unknown
}

/** An exit signal on its way through a mailbox; only the runtime makes these. */
export class ExitSignal implements Exit {
  readonly type = 'EXIT'
  readonly from: Pid
  readonly reason: ExitReason

  constructor(from: Pid, reason: ExitReason) {
    this.from = from
    this.reason = reason
  }
}
