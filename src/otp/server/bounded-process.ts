import { emit, hasListeners } from '../../kernel/index.ts'
import { CallRequest } from '../call-request.ts'
import { MailboxOverflow } from '../otp.events.ts'
import { ExitSignal } from '../pid.ts'
import type { Birth, Process } from '../process.ts'
import { WheelEntry } from '../timer-wheel.ts'
import type { Callbacks } from './callbacks.ts'
import type { MailboxLimit } from './limits.ts'
import { ServerProcess } from './server-process.ts'
import type { Start } from './starting-process.ts'

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
