import { emit, err, ok, type Result } from '../kernel/index.ts'
import { type Context, type ExitReason, type From, type MonitorRef, type Pid, replyTo } from '../otp/index.ts'
import type { Batch, Ticket } from './batch.ts'
import {
  BatchDied,
  BatchesRefused,
  BatchRequeued,
  BatchRetried,
  CoordinatorRestored,
} from './dispatch.events.ts'
import { bequeath, type Estate } from './estate.ts'
import { Ledger, type Refusal, type Setback } from './ledger.ts'
import type { CoordinatorLimits } from './options.ts'
import { Quotas } from './quotas.ts'

/** What a coordinator is made of. */
export interface CoordinatorOptions {
  readonly name: string
  /** Its place among the coordinators of its dispatcher. */
  readonly index: number
  /** The name of the heir of its tables. */
  readonly keeper: string
  readonly limits: CoordinatorLimits
}

/** Who asks for a batch. */
export interface TakeRequest {
  /** The process that will do it: when it ends, the batch goes back. */
  readonly holder: Pid
  /** How long to wait for one; not at all by default. */
  readonly waitMs?: number | undefined
}

/** Why there is no batch: none is ready, too many are in hands, or there will be none any more. */
export type NoBatch = 'empty' | 'backpressure' | 'drained'

export type Taken = Result<Ticket, NoBatch>

interface Waiter {
  readonly from: From
  readonly holder: Pid
}

/** Sent to itself when a delayed batch is due. */
export interface Due {
  readonly type: 'due'
  readonly id: string
}

/** Sent to itself when somebody has waited long enough. */
export interface WaitOver {
  readonly type: 'wait_over'
  readonly waiter: Waiter
}

/** The people side of a coordinator: who holds, who waits, who wants it empty. What happens to batches is the ledger's matter. */
export class Desk {
  private readonly options: CoordinatorOptions
  private readonly estate: Estate
  private readonly ctx: Context
  readonly ledger: Ledger
  private readonly monitors = new Map<Pid, MonitorRef>()
  private readonly waiters = new Set<Waiter>()
  private readonly drains: From[] = []
  private draining = false

  constructor(options: CoordinatorOptions, estate: Estate, ctx: Context) {
    this.options = options
    this.estate = estate
    this.ctx = ctx
    const { limits } = options
    const delay = (id: string, inMs: number): void => {
      ctx.sendAfter(inMs, ctx.self, { type: 'due', id } satisfies Due)
    }
    const quotas = new Quotas(estate.quotas, limits)
    this.ledger = new Ledger({ table: estate.batches, quotas, limits, delay, coordinator: options.index })
    this.ledger.restore(this.nowMs)
    for (const holder of this.ledger.holders) this.watch(holder)
    const { queued, taken } = this.ledger.counts
    if (this.ledger.unfinished > 0) emit(CoordinatorRestored, { coordinator: options.name, queued, taken })
  }

  setHeir(heir: Pid): void {
    bequeath(this.estate, this.options.name, heir)
  }

  enqueue(batches: readonly Batch[]): Result<void, Refusal> {
    const admitted = this.draining
      ? err('draining', 'the dispatcher finishes what it has')
      : this.ledger.admit(batches)
    if (admitted.ok) this.serve()
    else {
      const { name: coordinator } = this.options
      emit(BatchesRefused, { coordinator, reason: admitted.reason, count: batches.length })
    }
    return admitted
  }

  /** A batch, or why not; undefined when `from` will hear later. */
  take({ holder, waitMs = 0 }: TakeRequest, from: From): Taken | undefined {
    const ticket = this.hand(holder)
    if (ticket) return ok(ticket)
    if (this.isDrained) return err('drained')
    if (!(waitMs > 0)) return err(this.ledger.saturated ? 'backpressure' : 'empty')
    const waiter = { from, holder }
    this.waiters.add(waiter)
    this.watch(holder)
    if (waitMs !== Number.POSITIVE_INFINITY) {
      this.ctx.sendAfter(waitMs, this.ctx.self, { type: 'wait_over', waiter } satisfies WaitOver)
    }
    return undefined
  }

  waitOver({ waiter }: WaitOver): void {
    if (this.waiters.has(waiter)) this.dismiss(waiter, 'empty')
  }

  /** Sends waiting holders away empty-handed. */
  stopWaiting(holders: readonly Pid[]): void {
    for (const waiter of [...this.waiters]) if (holders.includes(waiter.holder)) this.dismiss(waiter, 'empty')
  }

  complete(id: string, claim: number): Result<void, 'not_held'> {
    const done = this.ledger.complete(id, claim)
    if (done.ok) this.settle()
    return done
  }

  fail(
    id: string,
    claim: number,
    failure: unknown,
    retryInMs?: number,
  ): Result<Setback['state'], 'not_held'> {
    const failed = this.ledger.fail(id, claim, failure, this.nowMs, retryInMs)
    if (!failed.ok) return failed
    this.announce(failed.value, undefined)
    this.settle()
    return ok(failed.value.state)
  }

  due({ id }: Due): void {
    this.ledger.due(id)
    this.serve()
  }

  /** A process that holds or waits has ended. */
  holderEnded(holder: Pid, reason: ExitReason): void {
    this.monitors.delete(holder)
    for (const waiter of [...this.waiters]) if (waiter.holder === holder) this.waiters.delete(waiter)
    for (const setback of this.ledger.release(holder, reason)) this.announce(setback, { holder, reason })
    this.settle()
  }

  revive(id: string): Result<void, 'not_dead'> {
    const revived = this.ledger.revive(id)
    this.serve()
    return revived
  }

  /** Lets nothing in any more; true when nothing is left, else `from` will hear. */
  drain(from: From): boolean {
    this.draining = true
    if (!this.isDrained) this.drains.push(from)
    this.settle()
    return this.isDrained
  }

  private get isDrained(): boolean {
    return this.draining && this.ledger.unfinished === 0
  }

  private get nowMs(): number {
    return this.ctx.runtime.clock.monotonicMs()
  }

  /** After hands have become free: others get theirs, and who wants it empty hears when it is. */
  private settle(): void {
    this.serve()
    if (!this.isDrained) return
    for (const from of this.drains.splice(0)) replyTo(from, undefined)
    for (const waiter of [...this.waiters]) this.dismiss(waiter, 'drained')
  }

  private serve(): void {
    for (const waiter of this.waiters) {
      const ticket = this.hand(waiter.holder)
      if (!ticket) return
      this.waiters.delete(waiter)
      replyTo(waiter.from, ok(ticket))
    }
  }

  private hand(holder: Pid): Ticket | undefined {
    const ticket = this.ledger.next(holder, this.nowMs)
    if (ticket) this.watch(holder)
    return ticket
  }

  private dismiss(waiter: Waiter, reason: NoBatch): void {
    this.waiters.delete(waiter)
    replyTo(waiter.from, err(reason))
  }

  /** A holder is watched from its first request to its end. */
  private watch(holder: Pid): void {
    if (!this.monitors.has(holder)) this.monitors.set(holder, this.ctx.monitor(holder))
  }

  private announce(
    setback: Setback,
    ended: { readonly holder: Pid; readonly reason: ExitReason } | undefined,
  ): void {
    const { id: batch, attempts, failure } = setback.row
    const about = { coordinator: this.options.name, batch, attempts }
    if (setback.state === 'dead') emit(BatchDied, { ...about, failure })
    else if (setback.state === 'delayed') emit(BatchRetried, { ...about, inMs: setback.inMs, failure })
    else if (ended) emit(BatchRequeued, { ...about, ...ended })
  }
}
