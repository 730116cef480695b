import type { Pid } from '../pid.ts'
import type { Ring } from '../ring.ts'

/** Events that `sys.log` keeps, unless told otherwise. */
const LOG_SIZE = 10

/** What `sys.trace` and `sys.log` show of a server at work. */
export type TraceStep =
  | { readonly type: 'in'; readonly message: unknown }
  | { readonly type: 'out'; readonly value: unknown; readonly to: Pid | undefined; readonly state: unknown }
  | { readonly type: 'noreply'; readonly state: unknown }

/** What `sys.statistics` counts from its switching on. */
export interface Statistics {
  readonly sinceMs: number
  readonly messagesIn: number
  readonly messagesOut: number
}

/** What `sys` has changed about one server; made at its first use, as few servers ever meet it. */
export class Management {
  suspended = false
  traced = false
  counted: Statistics | undefined
  log: readonly TraceStep[] | undefined
  /** While suspended: so many waiting messages were looked at and left alone. */
  seen = 0
  private logSize = LOG_SIZE

  get watches(): boolean {
    return this.traced || this.counted !== undefined || this.log !== undefined
  }

  suspend(): void {
    this.suspended = true
    this.seen = 0
  }

  resume(): void {
    this.suspended = false
    this.seen = 0
  }

  /** The next message that a suspended server may take; undefined when none is there. */
  takeSystem(mailbox: Ring<unknown>, isSystem: (message: unknown) => boolean): unknown {
    const found = mailbox.take(isSystem, this.seen)
    if (found === undefined) this.seen = mailbox.length
    return found
  }

  /** Keeps the last `size` steps; 0 ends it. */
  keepLog(size: number = LOG_SIZE): void {
    this.logSize = size
    this.log = size > 0 ? (this.log ?? []).slice(-size) : undefined
  }

  note(step: TraceStep): void {
    if (this.log) this.log = [...this.log, step].slice(-this.logSize)
    const { counted } = this
    if (!counted) return
    if (step.type === 'in') this.counted = { ...counted, messagesIn: counted.messagesIn + 1 }
    if (step.type === 'out') this.counted = { ...counted, messagesOut: counted.messagesOut + 1 }
  }
}
