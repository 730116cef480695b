import type { Table } from '../otp/index.ts'
import { fullBucket, isFull, reserve, type TokenBucket } from '../schedule/index.ts'
import type { CoordinatorLimits } from './options.ts'

/** What is left of a key's quota. */
export interface QuotaRow extends TokenBucket {
  readonly key: string
}

/** The quotas of the keys of one coordinator, kept where they outlive it: a crash grants nobody a second burst. */
export class Quotas {
  private readonly table: Table<QuotaRow>
  private readonly rateLimit: CoordinatorLimits['rateLimit']
  private readonly keysMax: number
  private sweepAt: number

  constructor(table: Table<QuotaRow>, { rateLimit, keysMax }: CoordinatorLimits) {
    this.table = table
    this.rateLimit = rateLimit
    this.keysMax = keysMax
    this.sweepAt = keysMax
  }

  /** Uses up one batch's worth and says in how many milliseconds it may go. */
  reserve(key: string, nowMs: number): number {
    const limit = this.rateLimit?.(key)
    if (!limit) return 0
    const { bucket, waitMs } = reserve(this.table.get(key) ?? fullBucket(limit, nowMs), limit, nowMs)
    this.table.insert({ key, ...bucket })
    if (this.table.size > this.sweepAt) this.sweep(nowMs)
    return waitMs
  }

  /** A key whose bucket is full again needs no memory; the rest decides when to look again. */
  private sweep(nowMs: number): void {
    this.table.selectDelete({
      where: (row) => {
        const limit = this.rateLimit?.(row.key)
        return !limit || isFull(row, limit, nowMs)
      },
    })
    this.sweepAt = Math.max(this.keysMax, this.table.size * 2)
  }
}
