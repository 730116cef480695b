import type { Pid } from '../otp/index.ts'
import type { BatchRow } from './batch.ts'
import { Fifo } from './fifo.ts'

/** How many batches are where. */
export interface Counts {
  readonly queued: number
  readonly delayed: number
  readonly taken: number
  readonly dead: number
}

/** What the queue knows of a batch: no more, so that it keeps no old row alive. */
type Place = Pick<BatchRow, 'id' | 'sequence'>

/** Where the batches of a table stand: their order, their holders, their numbers. Read anew after a crash. */
export class BatchIndex {
  private readonly ready = new Fifo<Place>()
  private readonly held = new Map<Pid, Set<string>>()
  private delayed = 0
  private taken = 0
  private dead = 0

  get counts(): Counts {
    return { queued: this.ready.length, delayed: this.delayed, taken: this.taken, dead: this.dead }
  }

  get holders(): readonly Pid[] {
    return [...this.held.keys()]
  }

  heldBy(holder: Pid): readonly string[] {
    return [...(this.held.get(holder) ?? [])]
  }

  /** The id of the batch that is first in the queue, which it leaves. */
  shift(): string | undefined {
    return this.ready.shift()?.id
  }

  /** Notes a batch where its row says it stands; a queued one at the end. */
  add({ id, sequence, state, holder }: BatchRow): void {
    if (state === 'queued') this.ready.push({ id, sequence })
    else this[state]++
    if (!holder) return
    const ids = this.held.get(holder)
    if (ids) ids.add(id)
    else this.held.set(holder, new Set([id]))
  }

  /** Notes a queued batch before all that came after it. */
  addFirst({ id, sequence }: BatchRow): void {
    this.ready.putBack({ id, sequence }, (other) => other.sequence < sequence)
  }

  /** Forgets a batch that is not in the queue. */
  remove({ id, state, holder }: BatchRow): void {
    if (state !== 'queued') this[state]--
    const ids = holder && this.held.get(holder)
    ids?.delete(id)
    if (holder && ids?.size === 0) this.held.delete(holder)
  }
}
