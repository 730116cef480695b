import { availableParallelism } from 'node:os'
import { Problem } from '../../kernel/index.ts'
import { CallError } from '../call-request.ts'
import { type ExitReason, ProcessExited } from '../exit.ts'
import { checkedMs } from '../milliseconds.ts'
import type { Pid } from '../pid.ts'
import type { Process } from '../process.ts'
import { unlink } from '../signals.ts'
import { Deadline } from '../timer-wheel.ts'
import { unwatch, type Watcher, watch } from '../watcher.ts'

/** How a stream of tasks runs. */
export interface StreamOptions {
  /** Most tasks at work at once; one per core by default. Results waiting for their turn do not count. */
  readonly maxConcurrency?: number | undefined
  /** Results in the order of the items (by default), or as they come. */
  readonly ordered?: boolean | undefined
  /** Longest time of one item, 5000 by default; `Infinity` is allowed. */
  readonly timeoutMs?: number | undefined
  /** An item that takes too long fails the whole stream (`exit`, by default) or only itself (`kill_task`). */
  readonly onTimeout?: 'exit' | 'kill_task' | undefined
  /** Shows the item beside the reason when its task failed. */
  readonly zipInputOnExit?: boolean | undefined
}

type Settings = { readonly [O in keyof StreamOptions]-?: NonNullable<StreamOptions[O]> }

/** What became of an item. */
export type StreamOutcome<I, R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly exit: ExitReason; readonly input?: I }

/** What the task of an item must tell its stream. */
export interface ItemHooks<R> {
  /** Before it runs: which process it is. */
  readonly begin: (process: Process) => void
  /** Before it ends: its result. */
  readonly done: (value: R) => void
}

/** Starts the task of one item. */
export type StartItem<I, R> = (item: I, hooks: ItemHooks<R>) => unknown

/** What may be streamed. */
export type Items<I> = Iterable<I> | AsyncIterable<I>

/** One item at work. Its result counts when its process is gone. */
class Slot<I, R> implements Watcher, ItemHooks<R> {
  newer: Watcher | undefined
  older: Watcher | undefined
  readonly item: I
  process: Process | undefined
  outcome: StreamOutcome<I, R> | undefined
  private readonly deadline: Deadline
  private value: { readonly ok: true; readonly value: R } | undefined
  private readonly stream: TaskStream<I, R>

  constructor(item: I, stream: TaskStream<I, R>) {
    this.item = item
    this.stream = stream
    this.deadline = new Deadline(() => stream.tooSlow(this))
  }

  readonly done = (value: R): void => {
    this.value = { ok: true, value }
  }

  readonly begin = (process: Process): void => {
    this.process = process
    watch(process, this)
    const { timeoutMs } = this.stream
    if (timeoutMs !== Number.POSITIVE_INFINITY) process.host.deadlines.add(this.deadline, timeoutMs)
  }

  processEnded(_pid: Pid, reason: ExitReason): void {
    this.process?.host.deadlines.remove(this.deadline)
    this.stream.ended(this, this.value ?? { ok: false, exit: reason })
  }

  /** Ends the task without a word to its owner. */
  kill(owner: Process): void {
    const { process } = this
    if (!process) return
    process.host.deadlines.remove(this.deadline)
    unwatch(process, this)
    unlink(process, owner)
    process.host.end(process, 'killed')
  }
}

/** Works through items with a bounded number of tasks; pulled by whoever iterates over it. */
export class TaskStream<I, R> implements Watcher {
  newer: Watcher | undefined
  older: Watcher | undefined
  private readonly owner: Process
  private readonly source: Iterator<I> | AsyncIterator<I>
  private readonly start: StartItem<I, R>
  private readonly options: Settings
  private readonly running = new Set<Slot<I, R>>()
  /** Ordered: all that were started; else those that are done. */
  private waiting: Slot<I, R>[] = []
  private pulling = false
  private pulled: IteratorResult<I> | undefined
  private exhausted = false
  private failure: { readonly error: unknown } | undefined
  private wake: () => void = () => {}

  constructor(owner: Process, items: Items<I>, start: StartItem<I, R>, options: StreamOptions = {}) {
    this.options = checked(options)
    this.owner = owner
    this.source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
    this.start = start
  }

  /** However the iteration ends, no task is left, and the source is told. */
  async *run(): AsyncGenerator<StreamOutcome<I, R>, void, undefined> {
    watch(this.owner, this)
    try {
      for (let more = true; more; ) {
        if (this.failure) throw this.failure.error
        const slot = this.takeReady()
        if (slot?.outcome) yield slot.outcome
        else if (this.hasRoom()) await this.startNext()
        else if (this.exhausted && this.running.size === 0) more = false
        else await this.change()
      }
    } finally {
      await this.close()
    }
  }

  get timeoutMs(): number {
    return this.options.timeoutMs
  }

  ended(slot: Slot<I, R>, outcome: StreamOutcome<I, R>): void {
    const { zipInputOnExit, ordered } = this.options
    slot.outcome = outcome.ok || !zipInputOnExit ? outcome : { ...outcome, input: slot.item }
    this.running.delete(slot)
    if (!ordered) this.waiting.push(slot)
    // The stream tells an owner that traps exits; its mailbox needs no EXIT on top.
    if (this.owner.trapping && slot.process) unlink(slot.process, this.owner)
    this.wake()
  }

  tooSlow(slot: Slot<I, R>): void {
    slot.kill(this.owner)
    if (this.options.onTimeout === 'kill_task') return this.ended(slot, { ok: false, exit: 'timeout' })
    const reason = `timeout after ${this.options.timeoutMs} ms`
    this.fail(new CallError('timeout', reason, slot.process?.pid.id ?? '', 'asyncStream'))
  }

  /** The owner ended: whatever still runs for it ends, too. */
  processEnded(pid: Pid, reason: ExitReason): void {
    this.killAll()
    this.fail(new ProcessExited(pid.id, reason))
  }

  private hasRoom(): boolean {
    if (this.exhausted || this.failure || this.running.size >= this.options.maxConcurrency) return false
    if (!this.pulled && !this.pulling) this.pull()
    return this.pulled !== undefined
  }

  /** A source that lets one wait does not keep results waiting. */
  private pull(): void {
    const next = this.source.next()
    if (!(next instanceof Promise)) {
      this.pulled = next
      return
    }
    this.pulling = true
    next.then(
      (pulled: IteratorResult<I>) => {
        this.pulling = false
        this.pulled = pulled
        this.wake()
      },
      (error: unknown) => this.fail(error),
    )
  }

  private async startNext(): Promise<void> {
    const { pulled } = this
    this.pulled = undefined
    if (!pulled || pulled.done) {
      this.exhausted = true
      return
    }
    const slot = new Slot(pulled.value, this)
    this.running.add(slot)
    if (this.options.ordered) this.waiting.push(slot)
    await this.start(slot.item, slot)
  }

  private takeReady(): Slot<I, R> | undefined {
    return this.waiting[0]?.outcome ? this.waiting.shift() : undefined
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  private fail(error: unknown): void {
    this.failure ??= { error }
    this.wake()
  }

  private killAll(): void {
    for (const slot of this.running) slot.kill(this.owner)
    this.running.clear()
  }

  private async close(): Promise<void> {
    unwatch(this.owner, this)
    this.killAll()
    if (!this.exhausted) await this.source.return?.()
  }
}

function checked(options: StreamOptions): Settings {
  const { maxConcurrency = availableParallelism(), timeoutMs = 5_000 } = options
  const { ordered = true, onTimeout = 'exit', zipInputOnExit = false } = options
  checkedMs('timeoutMs', timeoutMs, 'endless')
  if (maxConcurrency >= 1) return { maxConcurrency, timeoutMs, ordered, onTimeout, zipInputOnExit }
  throw new Problem('invalid_concurrency', `maxConcurrency cannot be ${maxConcurrency}`, {
    field: 'maxConcurrency',
    wayOut: 'let at least one task run',
  })
}
