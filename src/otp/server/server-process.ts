import { emit } from '../../kernel/index.ts'
import { CallRequest, CastRequest, StopRequest } from '../call-request.ts'
import type { From } from '../context.ts'
import { enter } from '../current.ts'
import { type ExitReason, isClean, reasonOf } from '../exit.ts'
import { ServerCrashed } from '../otp.events.ts'
import { ExitSignal } from '../pid.ts'
import { type Birth, Process } from '../process.ts'
import { OwnContext, sendLater } from '../process-context.ts'
import { unlink } from '../signals.ts'
import type { StartOutcome } from '../supervisor/child-spec.ts'
import type { Callbacks, Handler, Handlers } from './callbacks.ts'
import { IdleTimer } from './idle-timer.ts'
import { After, ContinueWith, FailInit, IdleTimeout, Ignore, NoReply, Reply, Stop } from './results.ts'

/** Messages a process handles before others get their turn. */
const SLICE = 256

/** The first thing a server does. */
export interface Start {
  readonly args: unknown
  readonly done: (outcome: StartOutcome) => void
}

/**
 * The loop of a server: one message after the other, state committed only when
 * its handler is done and the process still lives.
 */
export class ServerProcess extends Process {
  state: unknown
  private readonly callbacks: Callbacks
  private readonly context: OwnContext
  private start: Start | undefined
  private continuing: ContinueWith | undefined
  private inHand: unknown
  private idle: IdleTimer | undefined
  private begun = false

  constructor(birth: Birth, callbacks: Callbacks, start: Start) {
    super(birth)
    this.callbacks = callbacks
    this.start = start
    this.context = new OwnContext(this)
  }

  override get client(): From | undefined {
    return this.inHand instanceof CallRequest ? this.inHand : undefined
  }

  /** Ends the start with `outcome`, once. */
  settleStart(outcome: StartOutcome): void {
    const { start } = this
    this.start = undefined
    start?.done(outcome)
  }

  protected work(): boolean {
    if (!this.begun) this.begin()
    for (let left = SLICE; left > 0 && this.hasWork; left--) {
      if (this.continuing) this.continue(this.continuing)
      else this.take(this.mailbox.shift())
      if (this.host.scheduler.spend()) break
    }
    return this.hasWork
  }

  /** Killed while starting: the starter hears why. */
  protected override ended(reason: ExitReason): void {
    this.idle?.disarm()
    this.settleStart({ status: 'failed', reason })
  }

  private get hasWork(): boolean {
    return !this.busy && this.alive && (this.mailbox.length > 0 || this.continuing !== undefined)
  }

  private begin(): void {
    this.begun = true
    this.perform(
      () => this.callbacks.init(this.start?.args, this.context),
      (made) => this.born(made),
      (reason) => this.stillborn(reason),
    )
  }

  private born(made: unknown): void {
    if (made instanceof Ignore) return this.declined()
    if (made instanceof FailInit) return this.stillborn(made.reason)
    this.state = made
    const first = this.callbacks.start
    if (!first) return this.settleStart({ status: 'started', pid: this.pid })
    this.perform(
      () => first(made, this.context),
      (next) => {
        this.settleStart({ status: 'started', pid: this.pid })
        this.follow(next)
      },
      (reason) => this.stillborn(reason),
    )
  }

  private declined(): void {
    const { start } = this
    this.start = undefined
    this.host.end(this, 'normal')
    start?.done({ status: 'ignored' })
  }

  /** The starter learns it from the outcome; the root needs no signal on top. */
  private stillborn(reason: ExitReason): void {
    if (!isClean(reason)) this.host.report(this, { kind: 'process_crash', reason })
    unlink(this, this.host.rootProcess)
    this.host.end(this, reason)
  }

  private take(message: unknown): void {
    if (message instanceof IdleTimer) return this.idleFor(message)
    this.idle?.disarm()
    this.idle = undefined
    this.handled++
    this.inHand = message
    if (message instanceof CallRequest) this.request('call', this.callbacks.calls, message)
    else if (message instanceof CastRequest) this.request('cast', this.callbacks.casts, message)
    else if (message instanceof StopRequest) this.finish(message.reason)
    else if (message instanceof ExitSignal && message.from === this.parent) this.finish(message.reason)
    else this.inform(message)
  }

  private idleFor(timer: IdleTimer): void {
    if (timer !== this.idle) return
    this.idle = undefined
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
      enter(before)
    }
    if (isThenable(outcome)) this.waitFor(outcome)
    else if (this.alive) this.commit(outcome)
  }

  private waitFor(outcome: PromiseLike<unknown>): void {
    this.busy = true
    outcome.then(
      (value) => {
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
      this.follow(outcome.next)
    } else if (outcome instanceof NoReply) {
      this.state = outcome.state
      this.inHand = undefined
      this.follow(outcome.next)
    } else if (outcome instanceof Stop) {
      this.state = outcome.state
      this.finish(outcome.reason, outcome.replies)
    } else {
      this.finish({ bad_return_value: outcome })
    }
  }

  private follow(next: unknown): void {
    if (next === undefined) return
    if (next instanceof ContinueWith) this.continuing = next
    else if (next instanceof IdleTimeout) this.idle = new IdleTimer(this, next.ms).arm()
    else if (next instanceof After) sendLater(this.host, next.ms, this.pid, next.message)
    else this.finish({ bad_return_value: next })
  }

  private crash(thrown: unknown): void {
    if (this.alive) this.finish(reasonOf(thrown))
  }

  /** The orderly end: `terminate`, then the answer, then the exit. What `terminate` throws is the reason. */
  private finish(reason: ExitReason, replies: readonly unknown[] = []): void {
    const { terminate } = this.callbacks
    const call = this.client as CallRequest | undefined
    const end = (final: ExitReason): void => {
      if (replies.length > 0) call?.reply(replies[0])
      if (!isClean(final)) this.reportCrash(final)
      this.host.end(this, final)
    }
    this.busy = true
    if (!terminate) return end(reason)
    this.perform(
      () => terminate(reason, this.state, this.context),
      () => end(reason),
      end,
    )
  }

  /** Runs user code outside of the loop, sync or async; nothing follows for a ghost. */
  private perform(
    run: () => unknown,
    then: (value: unknown) => void,
    failed: (reason: ExitReason) => void,
  ): void {
    const before = enter(this)
    this.busy = true
    const settled = <T>(next: (value: T) => void, value: T): void => {
      if (!this.alive) return
      this.busy = false
      next(value)
      if (this.hasWork) this.wake()
    }
    try {
      const outcome = run()
      if (isThenable(outcome)) {
        outcome.then(
          (value) => settled(then, value),
          (thrown: unknown) => settled(failed, reasonOf(thrown)),
        )
      } else settled(then, outcome)
    } catch (thrown) {
      settled(failed, reasonOf(thrown))
    } finally {
      enter(before)
    }
  }

  private reportCrash(reason: ExitReason): void {
    const { formatStatus } = this.callbacks
    const state = formatStatus ? formatStatus(this.state) : this.state
    const { inHand } = this
    const client = this.client?.caller
    this.host.report(this, { kind: 'server_crash', reason, lastMessage: shown(inHand), state, client })
    emit(ServerCrashed, { pid: this.pid, name: this.name, module: this.module, reason })
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

function infoKey(message: unknown): string {
  if (typeof message === 'string') return message
  const type = (message as { type?: unknown } | null | undefined)?.type
  return typeof type === 'string' ? type : ''
}

/** A message as crash reports show it, without the promise of whoever waits. */
function shown(message: unknown): unknown {
  if (message instanceof CallRequest) return { call: message.name, argument: message.argument }
  return message instanceof CastRequest ? { cast: message.name, argument: message.argument } : message
}
