import type { Codec } from './codec.ts'
import { type Batch, CODED, HEAD, Op, type Party, SLOTS } from './wire.ts'

/** A longer burst is sent in parts, so that the other side can begin. */
const BATCH_MAX = 4_096 * SLOTS

/** How complaints name what an op carries. */
const LABELS: ReadonlyMap<number, string> = new Map([
  [Op.start, 'start'],
  [Op.call, 'argument'],
  [Op.cast, 'argument'],
  [Op.reply, 'reply'],
])

/** How batches leave. */
export interface Way {
  /** Undefined while there is nobody to send to; batches wait. */
  readonly post: (batch: Batch) => void
  /** What stands in the head of a batch that leaves now. */
  readonly head: () => readonly [received: number, waiting: number, handled: number]
  /** An entry that the port itself did not take. */
  readonly refused: (op: number, id: number, error: unknown) => void
}

/**
 * Collects what is said in one turn of the event loop, and sends it as one message: a
 * `postMessage` costs more than what it carries. Sent from a microtask instead, the
 * batches of two threads that answer each other's callers fall apart: a fourth of the rate.
 */
export class Outbox {
  private readonly codec: Codec
  private readonly way: Way
  private batch: Batch = []
  private scheduled = false
  private open = false
  private readonly flush = (): void => this.send()

  constructor(codec: Codec, way: Way) {
    this.codec = codec
    this.way = way
  }

  /** From now on batches leave. */
  start(): void {
    this.open = true
    this.send()
  }

  /** Says something; throws a `Problem` when `value` cannot cross. */
  add(op: number, id: number, text: string | undefined, value: unknown, party?: Party): void {
    const encoded = this.codec.encode(value, LABELS.get(op) ?? 'message')
    this.push(this.codec.coded ? op + CODED : op, id, text, encoded, party)
  }

  /** The same for what must arrive, described where it cannot cross. */
  addAnyway(op: number, id: number, text: string | undefined, value: unknown, party?: Party): void {
    const encoded = this.codec.encodeAnyway(value)
    this.push(this.codec.coded ? op + CODED : op, id, text, encoded, party)
  }

  /** Sends at least the head, soon. */
  touch(): void {
    if (this.scheduled || !this.open) return
    this.scheduled = true
    setImmediate(this.flush)
  }

  /** Says what needs no preparation. */
  push(op: number, id: number, text: string | undefined, value: unknown, party?: Party): void {
    const { batch } = this
    if (batch.length === 0) for (let slot = 0; slot < HEAD; slot++) batch.push(0)
    batch.push(op, id, text, value, party)
    if (batch.length >= BATCH_MAX && this.open) this.send()
    else this.touch()
  }

  private send(): void {
    this.scheduled = false
    if (!this.open) return
    const batch = this.batch.length === 0 ? [0, 0, 0] : this.batch
    this.batch = []
    const head = this.way.head()
    for (let slot = 0; slot < HEAD; slot++) batch[slot] = head[slot]
    try {
      this.way.post(batch)
    } catch {
      this.sendOneByOne(batch)
    }
  }

  /** The structured clone refuses a batch as a whole: finds the entries to blame. */
  private sendOneByOne(batch: Batch): void {
    for (let at = HEAD; at < batch.length; at += SLOTS) {
      try {
        this.way.post([...batch.slice(0, HEAD), ...batch.slice(at, at + SLOTS)])
      } catch (error) {
        this.way.refused(Number(batch[at]) & (CODED - 1), Number(batch[at + 1]), error)
      }
    }
  }
}

/** Receives one entry. */
export type Take = (op: number, id: number, text: string, value: unknown, party: Party) => void

/** Walks the entries of a batch, decoding what needs it. */
export function readBatch(batch: Batch, codec: Codec, take: Take): void {
  for (let at = HEAD; at < batch.length; at += SLOTS) {
    const marked = batch[at] as number
    const value = marked >= CODED ? codec.decode(batch[at + 3]) : batch[at + 3]
    const op = marked & (CODED - 1)
    take(op, batch[at + 1] as number, batch[at + 2] as string, value, batch[at + 4] as Party)
  }
}
