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

/** A batch that is not full yet. */
export interface OpenBatch {
  /** Tells two batches of one key apart: a timeout of the first must not end the second. */
  readonly id: number
  readonly batchKey: Key
  readonly partition: number | undefined
  readonly messages: readonly Message[]
}

/** How messages are put together. */
export interface BatchRules {
  readonly batcher: string
  readonly batchSize: number
  readonly partitionOf: ((message: Message) => number) | undefined
}

/** The open batches by key and partition. */
export interface BatchesState {
  readonly open: ReadonlyMap<string, OpenBatch>
  readonly lastId: number
}

/** The state afterwards and the batches that are ready. */
export interface Batched {
  readonly state: BatchesState
  readonly ready: readonly Batch[]
}

/** No batch is open. */
export const NO_BATCHES: BatchesState = { open: new Map(), lastId: 0 }

/**
 * Puts messages into their batches. A run of messages of one key is one chunk:
 * a `flush` message sends its batch at the end of its chunk.
 */
export function addMessages(before: BatchesState, messages: readonly Message[], rules: BatchRules): Batched {
  const ready: Batch[] = []
  const open = new Map(before.open)
  let { lastId } = before
  for (let rest = messages; rest.length > 0; ) {
    const key = keyOf(rest[0] as Message, rules)
    const batch = open.get(key.text) ?? { id: ++lastId, ...key, messages: [] }
    const chunk = takeChunk(rest, key.text, rules.batchSize - batch.messages.length, rules)
    rest = rest.slice(chunk.length)
    const grown = { ...batch, messages: [...batch.messages, ...chunk] }
    const trigger = triggerOf(grown, chunk, rules)
    if (trigger) ready.push(closed(grown, trigger, rules))
    if (trigger) open.delete(key.text)
    else open.set(key.text, grown)
  }
  return { state: { open, lastId }, ready }
}

/** Ends the batch `id`, when it is still open: it waited long enough. */
export function timeOut(before: BatchesState, id: number, rules: BatchRules): Batched {
  const found = [...before.open].find(([, batch]) => batch.id === id)
  if (!found) return { state: before, ready: [] }
  const open = new Map(before.open)
  open.delete(found[0])
  return { state: { ...before, open }, ready: [closed(found[1], 'timeout', rules)] }
}

/** Ends all batches as they are: nothing will come any more. */
export function closeAll({ open, lastId }: BatchesState, rules: BatchRules): Batched {
  const ready = [...open.values()].map((batch) => closed(batch, 'flush', rules))
  return { state: { open: new Map(), lastId }, ready }
}

/** One of `count` partitions: whole numbers by remainder, other keys by hash. */
export function partitionOf(key: Key, count: number): number {
  if (typeof key !== 'number' || !Number.isSafeInteger(key)) return stableHash(key) % count
  return ((key % count) + count) % count
}

function keyOf(message: Message, rules: BatchRules) {
  const partition = rules.partitionOf?.(message)
  const { batchKey } = message
  return { text: `${partition ?? ''}|${String(canonical(batchKey))}`, batchKey, partition }
}

function takeChunk(
  messages: readonly Message[],
  text: string,
  room: number,
  rules: BatchRules,
): readonly Message[] {
  const within = messages.slice(0, room)
  const end = within.findIndex((message) => keyOf(message, rules).text !== text)
  return end < 0 ? within : within.slice(0, end)
}

function triggerOf(
  { messages }: OpenBatch,
  chunk: readonly Message[],
  { batchSize }: BatchRules,
): BatchInfo['trigger'] | undefined {
  if (messages.length >= batchSize) return messages.at(-1)?.batchMode === 'flush' ? 'flush' : 'size'
  return chunk.some(({ batchMode }) => batchMode === 'flush') ? 'flush' : undefined
}

function closed(
  { messages, batchKey, partition }: OpenBatch,
  trigger: BatchInfo['trigger'],
  { batcher }: BatchRules,
): Batch {
  return { messages, info: { batcher, batchKey, partition, size: messages.length, trigger } }
}
