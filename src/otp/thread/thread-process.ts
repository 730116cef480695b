import { Problem } from '../../kernel/index.ts'
import { CallRequest, CastRequest, StopRequest } from '../call-request.ts'
import type { ExitReason } from '../exit.ts'
import { ExitSignal } from '../pid.ts'
import type { Birth } from '../process.ts'
import { mayRefuse, refuse } from '../server/bounded-process.ts'
import type { Callbacks } from '../server/callbacks.ts'
import { type Start, StartingProcess } from '../server/starting-process.ts'
import { SystemRequest } from '../server/system-request.ts'
import { notCloneable } from './codec.ts'
import { type Standing, ThreadLink } from './thread-link.ts'
import { checkedThread, type ThreadMemory, type ThreadOptions } from './thread-options.ts'

/**
 * Stands for a server that runs in a thread: has its pid, name, links and monitors,
 * and passes on what it is sent. Its end is logical and immediate like any other,
 * and ends the thread, whatever that is doing.
 */
export class ThreadProcess extends StartingProcess implements Standing {
  readonly callbacks: Callbacks
  private readonly link: ThreadLink

  constructor(birth: Birth, callbacks: Callbacks, start: Start, options: ThreadOptions) {
    super(birth, start)
    this.callbacks = callbacks
    if (callbacks.mailbox?.policy === 'drop_old') throw dropOld()
    this.link = new ThreadLink(this, checkedThread(options))
  }

  /** Sent and not yet handled, on both sides. */
  override get waiting(): number {
    return this.link.waiting
  }

  override get memory(): ThreadMemory | undefined {
    return this.link.memory
  }

  /** Throws for a cast that cannot be cloned; such a call fails, and any other message is lost with a report. */
  override deliver(message: unknown): void {
    if (!this.alive) return
    const { mailbox } = this.callbacks
    if (mailbox && this.waiting >= mailbox.max && mayRefuse(message)) refuse(this, mailbox, message)
    else if (message instanceof CallRequest) this.link.call(message)
    else if (message instanceof CastRequest) this.link.cast(message)
    else if (message instanceof StopRequest) this.link.stop(message)
    else if (message instanceof ExitSignal) this.link.exit(message)
    else if (message instanceof SystemRequest) message.fail('not_cloneable', noSys(message.type))
    else this.link.inform(message)
  }

  protected work(): boolean {
    if (this.link.started) return false
    try {
      this.link.start(this.start?.args, this.callbacks.restore && this.estate?.take())
    } catch (thrown) {
      this.stillborn(thrown as Error)
    }
    return false
  }

  began(lives: number): void {
    if (lives === 0) this.estate?.clear()
    this.settleStart({ status: 'started', pid: this.pid })
  }

  override declined(): void {
    super.declined()
  }

  /** `init` failed; the thread has reported it. */
  override failStart(reason: ExitReason): void {
    super.failStart(reason)
  }

  crash(reason: ExitReason): void {
    if (this.start) return this.stillborn(reason)
    this.host.report(this, { kind: 'process_crash', reason })
    this.host.end(this, reason)
  }

  over(reason: ExitReason, left: { readonly state: unknown } | undefined): void {
    if (left) this.estate?.leave(left.state, reason)
    this.host.end(this, reason)
  }

  protected override ended(reason: ExitReason): void {
    this.link.end()
    super.ended(reason)
  }
}

function dropOld(): Problem {
  return new Problem('invalid_mailbox', 'what has gone to a thread cannot be dropped any more', {
    field: 'mailbox.policy',
    wayOut: 'use reject or drop_new',
  })
}

function noSys(type: string): Problem {
  return notCloneable(`a ${type} request`, 'give the server a call that tells what is needed')
}
