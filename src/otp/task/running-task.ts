import { CallError } from '../call-request.ts'
import { type ExitReason, ProcessExited } from '../exit.ts'
import type { MonitorRef, Pid, TaskDone } from '../pid.ts'
import type { Process } from '../process.ts'
import { unlink } from '../signals.ts'
import { Deadline } from '../timer-wheel.ts'
import { unwatch, type Watcher, watch } from '../watcher.ts'

/** A piece of work in a process of its own, whose result belongs to its owner. */
export interface Task<T> {
  /** The `ref` of the `TASK` and `DOWN` messages it causes. */
  readonly ref: MonitorRef
  readonly pid: Pid
  readonly owner: Pid
  /** Only for the compiler: the type of the result. */
  readonly result?: T
}

/** How a task ended. */
export type TaskOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly exit: ExitReason }

let lastTask = 0

/** The owner's side of a task: a monitor that also takes the result. */
export class RunningTask<T> implements Task<T>, MonitorRef, Watcher {
  readonly monitor = --lastTask
  newer: Watcher | undefined
  older: Watcher | undefined
  // Hidden also from printers: a TASK in a test's output must not show the whole runtime.
  readonly #process: Process
  readonly #owner: Process
  outcome: TaskOutcome<T> | undefined
  private waiting: ((outcome: TaskOutcome<T> | undefined) => void) | undefined
  private ignored = false

  constructor(process: Process, owner: Process) {
    this.#process = process
    this.#owner = owner
    watch(process, this)
  }

  get ref(): MonitorRef {
    return this
  }

  get ownerProcess(): Process {
    return this.#owner
  }

  get pid(): Pid {
    return this.#process.pid
  }

  get owner(): Pid {
    return this.#owner.pid
  }

  /** The result is there: whoever waits gets it, else it becomes a message. */
  complete(value: T): void {
    this.settle({ ok: true, value }, { type: 'TASK', ref: this, value } satisfies TaskDone)
  }

  processEnded(pid: Pid, reason: ExitReason): void {
    const down = { type: 'DOWN', ref: this, pid, name: undefined, reason } as const
    if (this.outcome) this.#owner.deliver(down)
    else this.settle({ ok: false, exit: reason }, down)
  }

  /** The outcome, taken out of the owner's mailbox; undefined after `limitMs`. */
  wait(limitMs: number): Promise<TaskOutcome<T> | undefined> {
    if (this.outcome) return Promise.resolve(this.take(this.outcome))
    return new Promise((resolve, reject) => {
      if (!this.#owner.alive) return reject(new ProcessExited(this.owner.id, 'normal'))
      const { deadlines } = this.#process.host
      const deadline = new Deadline(() => this.stopWaiting())
      if (limitMs !== Number.POSITIVE_INFINITY) deadlines.add(deadline, limitMs)
      this.waiting = (outcome) => {
        deadlines.remove(deadline)
        resolve(outcome)
      }
    })
  }

  /** Whoever waits gets what is there by now: nothing. */
  stopWaiting(): void {
    const { waiting } = this
    this.waiting = undefined
    waiting?.(undefined)
  }

  /** The task works on, unlinked, and its owner hears nothing of it any more. */
  ignore(): TaskOutcome<T> | undefined {
    if (this.outcome) return this.take(this.outcome)
    unlink(this.#process, this.#owner)
    this.giveUp()
    return undefined
  }

  /** The owner waited in vain: what comes late is dropped, as the answer of a call is. */
  giveUp(): void {
    this.ignored = true
    unwatch(this.#process, this)
  }

  /** What an outcome means for an owner who awaits: the value, or its own failure. */
  valueOf(outcome: TaskOutcome<T> | undefined, limitMs: number): T {
    if (outcome?.ok) return outcome.value
    const reason = outcome ? outcome.exit : `timeout after ${limitMs} ms`
    throw new CallError(outcome ? 'exit' : 'timeout', reason, this.pid.id, 'await')
  }

  private settle(outcome: TaskOutcome<T>, message: object): void {
    if (this.ignored) return
    this.outcome = outcome
    const { waiting } = this
    this.waiting = undefined
    if (!waiting) return this.#owner.deliver(message)
    unwatch(this.#process, this)
    waiting(outcome)
  }

  /** Nothing of an awaited task stays in the mailbox or arrives later. */
  private take(outcome: TaskOutcome<T>): TaskOutcome<T> {
    unwatch(this.#process, this)
    const { mailbox } = this.#owner
    const own = (message: unknown): boolean => (message as { ref?: unknown } | null)?.ref === this
    while (mailbox.take(own)) continue
    return outcome
  }
}
