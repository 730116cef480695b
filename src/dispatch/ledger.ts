import { err, ok, type Result } from '../kernel/index.ts'
import type { Pid, Table } from '../otp/index.ts'
import { backoffMs } from '../schedule/index.ts'
import type { Batch, BatchRow, DeadBatch, Ticket } from './batch.ts'
import { BatchIndex, type Counts } from './batch-index.ts'
import type { CoordinatorLimits } from './options.ts'
import type { Quotas } from './quotas.ts'

/** Why new batches are turned away. */
export type Refusal = 'queue_full' | 'backpressure' | 'already_there' | 'draining'

/** What became of a batch that was not completed. */
export type Setback =
  | { readonly state: 'queued'; readonly row: BatchRow }
  | { readonly state: 'delayed'; readonly row: BatchRow; readonly inMs: number }
  | { readonly state: 'dead'; readonly row: BatchRow }

/** A batch that has to wait so long before it is queued again. */
type Delay = (id: string, inMs: number) => void

/** What a ledger is made of. */
export interface LedgerParts {
  readonly table: Table<BatchRow>
  readonly quotas: Quotas
  readonly limits: CoordinatorLimits
  /** Must call `due` when the time has come. */
  readonly delay: Delay
  /** Whose ledger it is, for tickets. */
  readonly coordinator: number
}

let lastClaim = 0

/**
 * The batches of one coordinator. The truth is the table, in which every step is
 * one write; the order of the queue and the counts are read from it anew after
 * a crash.
 */
export class Ledger {
  private readonly table: Table<BatchRow>
  private readonly quotas: Quotas
  private readonly limits: CoordinatorLimits
  private readonly delay: Delay
  private readonly coordinator: number
  private readonly index = new BatchIndex()
  private sequence = 0

  constructor({ table, quotas, limits, delay, coordinator }: LedgerParts) {
    this.table = table
    this.quotas = quotas
    this.limits = limits
    this.delay = delay
    this.coordinator = coordinator
  }

  get counts(): Counts {
    return this.index.counts
  }

  /** Batches that are neither done nor dead. */
  get unfinished(): number {
    const { queued, delayed, taken } = this.counts
    return queued + delayed + taken
  }

  get saturated(): boolean {
    return this.index.taken >= this.limits.inFlightMax
  }

  /** Those who hold batches. */
  get holders(): readonly Pid[] {
    return this.index.holders
  }

  /** Reads what an earlier coordinator left, in its order. */
  restore(nowMs: number): void {
    for (const row of this.table.toArray().toSorted((a, b) => a.sequence - b.sequence)) {
      this.sequence = row.sequence
      this.index.add(row)
      if (row.state === 'delayed') this.delay(row.id, Math.max(0, (row.dueMs ?? nowMs) - nowMs))
    }
  }

  /** Lets all batches in, or none. */
  admit(batches: readonly Batch[]): Result<void, Refusal> {
    const { queueMax, whenSaturated } = this.limits
    const { queued, delayed, dead, taken } = this.counts
    const room = Math.max(0, queueMax - queued - delayed - dead)
    if (batches.length > room) return err('queue_full', `there is room for ${room} of ${queueMax} batches`)
    if (whenSaturated === 'refuse' && this.saturated) {
      return err('backpressure', `${taken} batches are in hands, which is the limit`)
    }
    const rows = batches.map((batch, index) => rowOf(batch, this.sequence + 1 + index))
    if (new Set(batches.map(({ id }) => id)).size < batches.length || !this.table.insertNewMany(rows)) {
      return err('already_there', 'a batch of this id is not done yet')
    }
    this.sequence += rows.length
    for (const row of rows) this.index.add(row)
    return ok()
  }

  /** Hands out the first batch whose key has quota left; the others are put off to their moment. */
  next(holder: Pid, nowMs: number): Ticket | undefined {
    while (!this.saturated) {
      const row = this.row(this.index.shift())
      if (!row) return undefined
      const waitMs = row.paid ? 0 : this.quotas.reserve(row.key, nowMs)
      if (waitMs === 0) return this.hand(row, holder)
      this.putOff({ ...row, paid: true }, nowMs, waitMs)
    }
    return undefined
  }

  /** The time of a delayed batch has come. */
  due(id: string): void {
    const row = this.row(id)
    if (row?.state !== 'delayed') return
    this.index.remove(row)
    this.write({ ...row, state: 'queued', dueMs: undefined })
  }

  complete(id: string, claim: number): Result<void, 'not_held'> {
    const row = this.inHands(id, claim)
    if (!row) return notHeld(id)
    this.table.delete(id)
    this.index.remove(row)
    return ok()
  }

  /** Takes back a batch whose try failed; with `retryInMs` the try does not count. */
  fail(
    id: string,
    claim: number,
    failure: unknown,
    nowMs: number,
    retryInMs?: number,
  ): Result<Setback, 'not_held'> {
    const row = this.inHands(id, claim)
    if (!row) return notHeld(id)
    this.index.remove(row)
    const back = free(row, failure)
    if (retryInMs !== undefined)
      return ok(this.retry({ ...back, attempts: row.attempts - 1 }, nowMs, retryInMs))
    if (this.isUsedUp(row)) return ok(this.bury(back))
    const { backoff, random } = this.limits
    return ok(this.retry(back, nowMs, backoffMs(backoff, row.attempts, random())))
  }

  /** Takes back what a holder had in hands when it ended: to the front, in its old order. */
  release(holder: Pid, failure: unknown): readonly Setback[] {
    const rows = this.index.heldLast(holder).flatMap((id) => this.row(id) ?? [])
    return rows.map((row): Setback => {
      this.index.remove(row)
      const back = free(row, failure)
      if (this.isUsedUp(row)) return this.bury(back)
      this.table.insert(back)
      this.index.addFirst(back)
      return { state: 'queued', row: back }
    })
  }

  /** The batches whose tries are used up. */
  get deadBatches(): readonly DeadBatch[] {
    return this.table.select({
      match: { state: 'dead' },
      give: ({ id, key, payload, attempts, failure }) => ({ id, key, payload, attempts, failure }),
    })
  }

  /** Gives a dead batch all its tries again. */
  revive(id: string): Result<void, 'not_dead'> {
    return this.unbury(id, (row) => this.write({ ...row, state: 'queued', attempts: 0 }))
  }

  /** Forgets a dead batch. */
  discard(id: string): Result<void, 'not_dead'> {
    return this.unbury(id, () => this.table.delete(id))
  }

  private unbury(id: string, then: (row: BatchRow) => void): Result<void, 'not_dead'> {
    const row = this.row(id)
    if (row?.state !== 'dead') return err('not_dead', `batch ${id} is not among the dead ones`)
    this.index.remove(row)
    then(row)
    return ok()
  }

  private row(id: string | undefined): BatchRow | undefined {
    return id === undefined ? undefined : this.table.get(id)
  }

  private inHands(id: string, claim: number): BatchRow | undefined {
    const row = this.row(id)
    return row?.state === 'taken' && row.claim === claim ? row : undefined
  }

  private isUsedUp({ attempts }: BatchRow): boolean {
    return attempts >= this.limits.attemptsMax
  }

  private hand(row: BatchRow, holder: Pid): Ticket {
    const claim = ++lastClaim
    const attempts = row.attempts + 1
    const { id, key, payload, sequence, failure } = row
    const state = 'taken'
    // Written out: this is the hot path, and spreading a row would be half of its cost.
    this.write({
      id,
      key,
      payload,
      state,
      sequence,
      attempts,
      paid: false,
      dueMs: undefined,
      holder,
      claim,
      failure,
    })
    return { id, key, payload, attempt: attempts, claim, coordinator: this.coordinator }
  }

  private putOff(row: BatchRow, nowMs: number, inMs: number): BatchRow {
    this.delay(row.id, inMs)
    return this.write({ ...row, state: 'delayed', dueMs: nowMs + inMs })
  }

  private retry(row: BatchRow, nowMs: number, inMs: number): Setback {
    return { state: 'delayed', row: this.putOff(row, nowMs, inMs), inMs }
  }

  private bury(row: BatchRow): Setback {
    return { state: 'dead', row: this.write({ ...row, state: 'dead' }) }
  }

  private write(row: BatchRow): BatchRow {
    this.table.insert(row)
    this.index.add(row)
    return row
  }
}

/** All fields at once: rows of one shape are copied several times faster. */
function rowOf({ id, key = id, payload }: Batch, sequence: number): BatchRow {
  return {
    id,
    key,
    payload,
    state: 'queued',
    sequence,
    attempts: 0,
    paid: false,
    dueMs: undefined,
    holder: undefined,
    claim: undefined,
    failure: undefined,
  }
}

/** A batch out of everybody's hands. */
function free(row: BatchRow, failure: unknown): BatchRow {
  return { ...row, state: 'queued', holder: undefined, claim: undefined, failure }
}

function notHeld(id: string): Result<never, 'not_held'> {
  return err('not_held', `batch ${id} is not in these hands any more: it was done, or given to somebody else`)
}
