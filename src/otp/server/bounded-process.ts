import { emit, hasListeners, Problem } from '../../kernel/index.ts'
import { CallRequest } from '../call-request.ts'
import { MailboxOverflow } from '../otp.events.ts'
import { ExitSignal } from '../pid.ts'
import type { Birth, Process } from '../process.ts'
import { WheelEntry } from '../timer-wheel.ts'
import type { Callbacks } from './callbacks.ts'
import { ServerProcess } from './server-process.ts'
import type { Start } from './starting-process.ts'

/**
 * A bound on waiting messages: an extension, as mailboxes have none in OTP.
 *
 * `reject` and `drop_new` refuse what comes, `drop_old` what waits longest. A call
 * that is refused fails with `overloaded` at once; casts and other messages are
 * lost. Exits, `DOWN`, `stop`, `sys` and the server's own timers always pass.
 */
export interface MailboxLimit {
  /** Most messages that may wait, from 1 up. */
  readonly max: number
  readonly policy: 'reject' | 'drop_new' | 'drop_old'
}

/** Lets a sound limit pass, and throws for any other. */
export function checkedMailbox(limit: MailboxLimit): MailboxLimit {
  if (Number.isInteger(limit.max) && limit.max > 0) return limit
  throw new Problem('invalid_mailbox', `mailbox.max cannot be ${limit.max}`, {
    field: 'mailbox.max',
    wayOut: 'give a whole number from 1 up, or leave the mailbox unbounded',
  })
}

/** A server whose mailbox holds only so much. */
export class BoundedProcess extends ServerProcess {
  private readonly limit: MailboxLimit

  constructor(birth: Birth, callbacks: Callbacks, start: Start, limit: MailboxLimit) {
    super(birth, callbacks, start)
    this.limit = limit
  }

  override deliver(message: unknown): void {
    if (this.mailbox.length < this.limit.max || !this.alive || !mayRefuse(message)) {
      return super.deliver(message)
    }
    const oldest = this.limit.policy === 'drop_old' ? this.mailbox.take(mayRefuse) : undefined
    refuse(this, this.limit, oldest ?? message)
    if (oldest !== undefined) super.deliver(message)
  }
}

/** Fails a call, loses anything else, and says so. */
export function refuse(process: Process, limit: MailboxLimit, message: unknown): void {
  if (message instanceof CallRequest) message.fail('overloaded', { mailbox_full: limit.max })
  if (!hasListeners(MailboxOverflow)) return
  const { pid, name, module, waiting } = process
  emit(MailboxOverflow, { pid, name, module, waiting, ...limit, call: message instanceof CallRequest })
}

/** True for what clients send; the runtime's own messages and notices of ends must arrive. */
export function mayRefuse(message: unknown): boolean {
  if (message instanceof WheelEntry) return message instanceof CallRequest
  return !(message instanceof ExitSignal) && (message as { type?: unknown } | null)?.type !== 'DOWN'
}
