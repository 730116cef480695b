import { emit } from '../../kernel/index.ts'
import { CallRequest, CastRequest, StopRequest } from '../call-request.ts'
import type { ProcessInfo } from '../context.ts'
import { enter, finishRun, resume } from '../current.ts'
import { deliverLater } from '../delivery.ts'
import { type ExitReason, reasonOf } from '../exit.ts'
import { ServerTraced } from '../otp.events.ts'
import { ExitSignal } from '../pid.ts'
import type { Handler, Handlers } from './callbacks.ts'
import { IdleTimer } from './idle-timer.ts'
import type { StateLimit } from './limits.ts'
import { Management, type TraceStep } from './management.ts'
import { After, ContinueWith, IdleTimeout, NoReply, Reply, StateTooLarge, Stop } from './results.ts'
import { shownMessage } from './server-crash.ts'
import { isThenable, ServerLife } from './server-life.ts'
import { SystemRequest } from './system-request.ts'

/** Messages a process handles before others get their turn. */
const SLICE = 256

/**
 * The loop of a server: one message after the other, state committed only when
 * its handler is done and the process still lives.
 */
export class ServerProcess extends ServerLife {
  private continuing: ContinueWith | undefined
  private idle: IdleTimer | undefined
  private managed: Management | undefined

  /** What `sys` changes. */
  get management(): Management {
    this.managed ??= new Management()
    return this.managed
  }

  override get behaviour(): ProcessInfo['behaviour'] {
    return 'server'
  }

  override get status(): ProcessInfo['status'] {
    return this.managed?.suspended ? 'suspended' : super.status
  }

  protected work(): boolean {
    if (!this.begun) this.begin()
    for (let left = SLICE; left > 0 && this.hasWork; left--) {
      if (this.continuing) this.continue(this.continuing)
      else if (this.managed?.suspended) this.takeWhileSuspended(this.managed)
      else this.take(this.mailbox.shift())
      if (this.host.scheduler.spend()) break
    }
    return this.hasWork
  }

  protected override ended(reason: ExitReason): void {
    this.idle?.disarm()
    super.ended(reason)
  }

  protected override get hasWork(): boolean {
    if (this.busy || !this.alive) return false
    return this.mailbox.length > (this.managed?.seen ?? 0) || this.continuing !== undefined
  }

  /** User messages keep their places until the server is resumed. */
  private takeWhileSuspended(management: Management): void {
    const message = management.takeSystem(this.mailbox, (waiting) => this.isSystem(waiting))
    if (message instanceof SystemRequest) this.manage(message)
    else if (message instanceof StopRequest) this.finish(message.reason)
    else if (message instanceof ExitSignal) this.finish(message.reason)
  }

  private isSystem(message: unknown): boolean {
    if (message instanceof ExitSignal) return message.from === this.parent
    return message instanceof SystemRequest || message instanceof StopRequest
  }

  /** A pending timeout starts over behind a system message, and waits while the server is suspended. */
  private manage(request: SystemRequest): void {
    const goOn = (): void => {
      this.idle?.disarm()
      if (!this.managed?.suspended) this.idle = this.idle?.again()
    }
    this.perform(
      () => request.run(this),
      (value) => {
        request.reply({ value })
        goOn()
      },
      (thrown) => {
        request.reply({ thrown })
        goOn()
      },
    )
  }

  private take(message: unknown): void {
    if (message instanceof IdleTimer) return this.idleFor(message)
    if (message instanceof SystemRequest) return this.manage(message)
    this.idle?.disarm()
    this.idle = undefined
    this.handled++
    this.inHand = message
    if (this.managed?.watches) this.note({ type: 'in', message: shownMessage(message) })
    if (message instanceof CallRequest) this.request('call', this.callbacks.calls, message)
    else if (message instanceof CastRequest) this.request('cast', this.callbacks.casts, message)
    else if (message instanceof StopRequest) this.finish(message.reason)
    else if (message instanceof ExitSignal && message.from === this.parent) this.finish(message.reason)
    else this.inform(message)
  }

  private idleFor(timer: IdleTimer): void {
    if (timer !== this.idle) return
    this.idle = undefined
    if (this.managed?.watches) this.note({ type: 'in', message: 'timeout' })
    this.inform('timeout')
  }

  private request(kind: string, table: Handlers, { name, argument }: CallRequest | CastRequest): void {
    const handler = table[name]
    if (handler) this.handle(handler, argument)
    else this.finish(new TypeError(`${this.callbacks.name} has no ${kind} "${name}"`))
  }

  private inform(message: unknown): void {
    const { info } = this.callbacks
    const handler = typeof info === 'function' ? info : info[infoKey(message)]
    if (handler) return this.handle(handler, message)
    this.inHand = undefined
    this.host.report(this, {
      kind: 'unexpected_message',
      level: 'warning',
      reason: 'normal',
      lastMessage: message,
    })
  }

  private continue({ tag, argument }: ContinueWith): void {
    this.continuing = undefined
    const handler = this.callbacks.continues[tag]
    if (handler) this.handle(handler, argument)
    else this.finish(new TypeError(`${this.callbacks.name} has no continue "${tag}"`))
  }

  private handle(handler: Handler, argument: unknown): void {
    const before = enter(this)
    let outcome: unknown
    try {
      outcome = handler(this.state, argument, this.context)
    } catch (thrown) {
      this.crash(thrown)
      return
    } finally {
      resume(before)
    }
    if (isThenable(outcome)) return this.waitFor(outcome)
    finishRun(this)
    if (this.alive) this.commit(outcome)
  }

  private waitFor(outcome: PromiseLike<unknown>): void {
    this.busy = true
    outcome.then(
      (value) => {
        finishRun(this)
        if (!this.alive) return
        this.busy = false
        this.commit(value)
        if (this.hasWork) this.wake()
      },
      (thrown: unknown) => this.crash(thrown),
    )
  }

  private commit(outcome: unknown): void {
    if (outcome instanceof Reply) {
      const call = this.inHand
      if (!(call instanceof CallRequest)) return this.finish({ bad_return_value: outcome })
      this.state = outcome.state
      this.inHand = undefined
      call.reply(outcome.value)
      if (this.managed?.watches)
        this.note({ type: 'out', value: outcome.value, to: call.caller, state: outcome.state })
      this.follow(outcome.next)
    } else if (outcome instanceof NoReply) {
      this.state = outcome.state
      this.inHand = undefined
      if (this.managed?.watches) this.note({ type: 'noreply', state: outcome.state })
      this.follow(outcome.next)
    } else if (outcome instanceof Stop) {
      this.state = outcome.state
      this.finish(outcome.reason, outcome.replies)
    } else {
      this.finish({ bad_return_value: outcome })
    }
  }

  protected override follow(next: unknown): void {
    if (this.callbacks.stateLimit && this.grewTooLarge(this.callbacks.stateLimit)) return
    if (next === undefined) return
    if (next instanceof ContinueWith) this.continuing = next
    else if (next instanceof IdleTimeout) this.idle = new IdleTimer(this, next.ms).arm()
    else if (next instanceof After) deliverLater(this, next.ms, next.message, true)
    else this.finish({ bad_return_value: next })
  }

  private grewTooLarge({ sizeOf, max }: StateLimit<unknown>): boolean {
    try {
      const size = sizeOf(this.state)
      if (size <= max) return false
      this.finish(new StateTooLarge(size, max))
    } catch (thrown) {
      this.crash(thrown)
    }
    return true
  }

  private note(step: TraceStep): void {
    this.management.note(step)
    const { pid, name, module } = this
    if (this.management.traced) emit(ServerTraced, { pid, name, module, step })
  }

  private crash(thrown: unknown): void {
    finishRun(this)
    if (this.alive) this.finish(reasonOf(thrown))
  }
}

function infoKey(message: unknown): string {
  if (typeof message === 'string') return message
  const type = (message as { type?: unknown } | null | undefined)?.type
  return typeof type === 'string' ? type : ''
}
