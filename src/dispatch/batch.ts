import type { Pid } from '../otp/index.ts'

/** A piece of work as it is handed in. */
export interface Batch<P = unknown> {
  /** Unique among the batches that are not done yet, and always with the same key. */
  readonly id: string
  /** Whose quota it uses, and which coordinator it goes to; the id by default. */
  readonly key?: string | undefined
  readonly payload: P
}

/** A batch in somebody's hands. */
export interface Ticket<P = unknown> {
  readonly id: string
  readonly key: string
  readonly payload: P
  /** 1 for the first try. */
  readonly attempt: number
  /** Names this handing out, once and for ever: an older one of the same batch is refused. */
  readonly claim: number
  /** Which coordinator gave it. */
  readonly coordinator: number
}

/** Where a batch stands. */
export type BatchState = 'queued' | 'delayed' | 'taken' | 'dead'

/** A batch as the table knows it: all that outlives a coordinator. */
export interface BatchRow {
  readonly id: string
  readonly key: string
  readonly payload: unknown
  readonly state: BatchState
  /** Its place in the order of arrival. */
  readonly sequence: number
  /** Tries begun. */
  readonly attempts: number
  /** The quota for its next try is used already. */
  readonly paid: boolean
  /** When a delayed one comes back, on the runtime's monotonic clock. */
  readonly dueMs: number | undefined
  readonly holder: Pid | undefined
  readonly claim: number | undefined
  /** Why its last try failed. */
  readonly failure: unknown
}

/** A batch whose tries are used up. */
export interface DeadBatch<P = unknown> extends Required<Batch<P>> {
  readonly attempts: number
  readonly failure: unknown
}
