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
  /** How many are in hands. */
  taken = 0
  private dead = 0

  get counts(): Counts {
    return { queued: this.ready.length, delayed: this.delayed, taken: this.taken, dead: this.dead }
  }

  /** Who holds or has held batches and has not ended. */
  get holders(): readonly Pid[] {
    return [...this.held.keys()]
  }

  /** What a holder that ended had in hands; from now on nothing is known of it. */
  heldLast(holder: Pid): readonly string[] {
    const ids = [...(this.held.get(holder) ?? [])]
    this.held.delete(holder)
    return ids
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
    if (holder) this.held.get(holder)?.delete(id)
  }
}
