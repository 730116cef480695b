import { canonical, type Key, stableHash } from '../../otp/index.ts'
import type { Message } from './message.ts'

/** What `handleBatch` is told about its batch. */
export interface BatchInfo {
  readonly batcher: string
  readonly batchKey: Key
  /** The batch processor it goes to; undefined without `partitionBy`. */
  readonly partition: number | undefined
  readonly size: number
  /** Why it went out: full, waited long enough, or asked to. */
  readonly trigger: 'size' | 'timeout' | 'flush'
}

/** A batch on its way to its processor. */
export interface Batch {
  readonly messages: readonly Message[]
  readonly info: BatchInfo
}

/** How messages are put together. */
export interface BatchRules {
  readonly batcher: string
  readonly batchSize: number
  readonly partitionOf: ((message: Message) => number) | undefined
}

/** A batch that is not full yet. */
interface OpenBatch {
  readonly batchKey: Key
  readonly partition: number | undefined
  /** Tells two batches of one key apart: a timeout of the first must not end the second. */
  readonly id: number
  readonly text: string
  readonly messages: Message[]
}

/** What a step did: batches that are ready, and ids whose time begins or is over. */
export interface Batched {
  readonly ready: readonly Batch[]
  readonly opened: readonly number[]
  readonly closed: readonly number[]
}

/**
 * The open batches of a batcher, by key and partition. A run of messages of one
 * key is one chunk: a `flush` message sends its batch at the end of its chunk.
 * Costs no more with many open batches than with one.
 */
export class OpenBatches {
  private readonly rules: BatchRules
  private readonly byKey = new Map<string, OpenBatch>()
  private readonly byId = new Map<number, OpenBatch>()
  private lastId = 0

  constructor(rules: BatchRules) {
    this.rules = rules
  }

  add(messages: readonly Message[]): Batched {
    const ready: Batch[] = []
    const opened: number[] = []
    const closed: number[] = []
    for (let from = 0; from < messages.length; ) {
      const first = messages[from] as Message
      const batch = this.batchFor(first, opened)
      const end = this.endOfChunk(messages, from, batch)
      const flush = this.fill(batch, messages, from, end)
      from = end
      const trigger = this.triggerOf(batch, flush)
      if (!trigger) continue
      ready.push(this.close(batch, trigger))
      closed.push(batch.id)
    }
    return { ready, opened: opened.filter((id) => this.byId.has(id)), closed }
  }

  /** Ends the batch `id`, when it is still open: it waited long enough. */
  timeOut(id: number): Batched {
    const batch = this.byId.get(id)
    return batch ? { ...NOTHING, ready: [this.close(batch, 'timeout')], closed: [id] } : NOTHING
  }

  /** Ends all batches as they are: nothing will come any more. */
  closeAll(): Batched {
    const closed = [...this.byId.keys()]
    return { ...NOTHING, ready: [...this.byId.values()].map((batch) => this.close(batch, 'flush')), closed }
  }

  private batchFor(message: Message, opened: number[]): OpenBatch {
    const partition = this.rules.partitionOf?.(message)
    const { batchKey } = message
    const text = `${partition ?? ''}|${String(canonical(batchKey))}`
    const known = this.byKey.get(text)
    if (known) return known
    const batch: OpenBatch = { id: ++this.lastId, text, batchKey, partition, messages: [] }
    this.byKey.set(text, batch)
    this.byId.set(batch.id, batch)
    opened.push(batch.id)
    return batch
  }

  private endOfChunk(messages: readonly Message[], from: number, batch: OpenBatch): number {
    const most = Math.min(messages.length, from + this.rules.batchSize - batch.messages.length)
    let end = from + 1
    while (end < most && this.belongs(messages[end] as Message, batch)) end++
    return end
  }

  private belongs(message: Message, batch: OpenBatch): boolean {
    if (this.rules.partitionOf?.(message) !== batch.partition) return false
    return message.batchKey === batch.batchKey || canonical(message.batchKey) === canonical(batch.batchKey)
  }

  /** Whether one of the messages wants the batch sent. */
  private fill(batch: OpenBatch, messages: readonly Message[], from: number, end: number): boolean {
    let flush = false
    for (let index = from; index < end; index++) {
      const message = messages[index] as Message
      batch.messages.push(message)
      flush ||= message.batchMode === 'flush'
    }
    return flush
  }

  private triggerOf({ messages }: OpenBatch, flush: boolean): BatchInfo['trigger'] | undefined {
    const full = messages.length >= this.rules.batchSize
    if (full) return messages.at(-1)?.batchMode === 'flush' ? 'flush' : 'size'
    return flush ? 'flush' : undefined
  }

  private close(batch: OpenBatch, trigger: BatchInfo['trigger']): Batch {
    const { messages, batchKey, partition, id, text } = batch
    this.byKey.delete(text)
    this.byId.delete(id)
    const { batcher } = this.rules
    return { messages, info: { batcher, batchKey, partition, size: messages.length, trigger } }
  }
}

const NOTHING: Batched = { ready: [], opened: [], closed: [] }

/** One of `count` partitions: whole numbers by remainder, other keys by hash. */
export function partitionOf(key: Key, count: number): number {
  if (typeof key !== 'number' || !Number.isSafeInteger(key)) return stableHash(key) % count
  return ((key % count) + count) % count
}
