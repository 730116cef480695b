import { CallRequest } from '../call-request.ts'
import type { From } from '../context.ts'
import { enter, finishRun, resume } from '../current.ts'
import { type ExitReason, isClean, reasonOf } from '../exit.ts'
import type { Birth } from '../process.ts'
import { OwnContext } from '../process-context.ts'
import type { Callbacks } from './callbacks.ts'
import { FailInit, Ignore, Refusal, StateTooLarge } from './results.ts'
import { reportServerCrash } from './server-crash.ts'
import { type Start, StartingProcess } from './starting-process.ts'

/** How a server comes to life and how it ends; between the two is its loop. */
export abstract class ServerLife extends StartingProcess {
  state: unknown
  /** Replaced by `sys.changeCode` only. */
  callbacks: Callbacks
  readonly context: OwnContext
  /** The message a handler is at work on. */
  protected inHand: unknown
  protected begun = false

  constructor(birth: Birth, callbacks: Callbacks, start: Start) {
    super(birth, start)
    this.callbacks = callbacks
    this.context = new OwnContext(this)
  }

  /** Something waits, and nothing is being done. */
  protected abstract get hasWork(): boolean

  /** Does what a callback said comes next. */
  protected abstract follow(next: unknown): void

  override get client(): From | undefined {
    return this.inHand instanceof CallRequest ? this.inHand : undefined
  }

  protected begin(): void {
    this.begun = true
    const { restore } = this.callbacks
    const left = restore && this.estate?.take()
    if (!left) return this.initialize()
    this.perform(
      () => restore(left.state, left.crash, this.context),
      (made) => (made instanceof Refusal ? this.initialize() : this.born(made)),
      (reason) => this.stillborn(reason),
    )
  }

  private initialize(): void {
    this.estate?.clear()
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

  /** The orderly end: `terminate`, then the answer, then the exit. What `terminate` throws is the reason. */
  protected finish(reason: ExitReason, replies: readonly unknown[] = []): void {
    const { terminate } = this.callbacks
    this.busy = true
    if (!terminate) return this.leave(reason, replies)
    this.perform(
      () => terminate(reason, this.state, this.context),
      () => this.leave(reason, replies),
      (thrown) => this.leave(thrown, replies),
    )
  }

  private leave(reason: ExitReason, replies: readonly unknown[]): void {
    if (replies.length > 0 && this.inHand instanceof CallRequest) this.inHand.reply(replies[0])
    if (!isClean(reason)) reportServerCrash(this, this.callbacks, this.inHand, reason)
    this.host.end(this, reason)
  }

  protected override ended(reason: ExitReason): void {
    this.bequeath(reason)
    super.ended(reason)
  }

  /** What it had last committed is for the next life, if it had one of its own. */
  private bequeath(reason: ExitReason): void {
    if (!this.callbacks.restore || this.start || isClean(reason) || reason instanceof StateTooLarge) return
    this.estate?.leave(this.state, reason)
  }

  /** Runs user code outside of the loop, sync or async. */
  protected perform(
    run: () => unknown,
    then: (value: unknown) => void,
    failed: (reason: ExitReason) => void,
  ): void {
    const before = enter(this)
    this.busy = true
    try {
      const outcome = run()
      if (!isThenable(outcome)) return this.goOn(then, outcome)
      outcome.then(
        (value) => this.goOn(then, value),
        (thrown: unknown) => this.goOn(failed, reasonOf(thrown)),
      )
    } catch (thrown) {
      this.goOn(failed, reasonOf(thrown))
    } finally {
      resume(before)
    }
  }

  /** Nothing follows for a ghost. */
  private goOn<T>(next: (value: T) => void, value: T): void {
    finishRun(this)
    if (!this.alive) return
    this.busy = false
    next(value)
    if (this.hasWork) this.wake()
  }
}

/** True for promises, also foreign ones. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | undefined)?.then === 'function'
}
