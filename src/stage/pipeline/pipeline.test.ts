import { expect, test } from 'vitest'
import { attach, attachPrefix, detach } from '../../kernel/index.ts'
import { noreply, reply, supervisionTree } from '../../otp/index.ts'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  type Acknowledger,
  broadcastDispatcher,
  definePipeline,
  defineProducer,
  IdleProducer,
  Message,
  messagesFrom,
  PipelineFailure,
  produce,
  replyAndProduce,
  testMessages,
} from '../index.ts'

const idle = () => messagesFrom(IdleProducer, undefined, (event: number) => new Message(event))

/** Remembers every ack, group by group. */
class Ledger implements Acknowledger<string, string> {
  readonly groups: {
    readonly ref: string
    readonly ok: readonly unknown[]
    readonly failed: readonly unknown[]
  }[] = []
  readonly settings: string[] = []

  ack(ref: string, successful: readonly Message[], failed: readonly Message[]): void {
    this.settings.push(...[...successful, ...failed].map(({ ticket }) => String(ticket.data)))
    this.groups.push({ ref, ok: successful.map(({ data }) => data), failed: failed.map(({ data }) => data) })
  }

  configure(_ref: string, _data: string, options: object): string {
    return JSON.stringify(options)
  }

  message<D>(data: D, ref = 'all'): Message<D> {
    return new Message(data, { acknowledger: { acknowledger: this, ref, data: '' } })
  }

  get ok() {
    return this.groups.flatMap(({ ok }) => ok)
  }

  get failed() {
    return this.groups.flatMap(({ failed }) => failed)
  }
}

/** Produces `1, 2, 3 …` up to `last`, as far as asked; acknowledged to `ledger`. */
const counting = (last: number, ledger: Ledger) => {
  const Counting = defineProducer({
    name: 'counting',
    init: () => 1,
    handleDemand(next: number, demand) {
      const count = Math.max(0, Math.min(demand, last + 1 - next))
      return produce(
        Array.from({ length: count }, (_, index) => next + index),
        next + count,
      )
    },
  })
  return messagesFrom(Counting, undefined, (n) => ledger.message(n))
}

function raise(message: string): never {
  throw new Error(message)
}

async function failures(run: () => Promise<void>): Promise<readonly string[]> {
  const seen: string[] = []
  attach('pipeline.test', PipelineFailure, (_name, { during, error }) => {
    seen.push(`${during}: ${(error as Error).message}`)
  })
  await run().finally(() => detach('pipeline.test'))
  return seen
}

test('messages are handled, batched by size, and acknowledged', async () => {
  const { runtime } = testRuntime()
  const batches: (readonly [readonly number[], string])[] = []
  const Doubling = definePipeline({
    name: 'doubling',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: (message) => message.updateData((n) => n * 2).putBatcher('store'),
    batchers: {
      store: {
        batchSize: 2,
        handleBatch(messages, { trigger }) {
          batches.push([messages.map(({ data }) => data), trigger])
          return messages
        },
      },
    },
  })
  const pipeline = await Doubling.startLink(undefined, { runtime })
  const { successful } = await testMessages(pipeline, [1, 2, 3, 4], { batchMode: 'bulk' })
  expect(successful.map(({ data }) => data)).toEqual([2, 4, 6, 8])
  expect(batches).toEqual([
    [[2, 4], 'size'],
    [[6, 8], 'size'],
  ])
  await pipeline.stop()
  expect(runtime.processes()).toEqual([])
})

test('a batch that is not full goes out when its time is over', async () => {
  const { runtime, clock } = testRuntime()
  const triggers: string[] = []
  const Slow = definePipeline({
    name: 'slow',
    producer: { from: idle },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: {
      store: {
        batchTimeoutMs: 250,
        handleBatch(messages, info) {
          triggers.push(`${info.trigger} ${info.size}`)
          return messages
        },
      },
    },
  })
  const pipeline = await Slow.startLink(undefined, { runtime })
  const acknowledged = testMessages(pipeline, [1, 2], { batchMode: 'bulk' })
  await clock.advance(249)
  expect(triggers).toEqual([])
  await clock.advance(1)
  await acknowledged
  expect(triggers).toEqual(['timeout 2'])
  await pipeline.stop()
  await settle()
  expect(clock.pending).toBe(0)
})

test('a flush message sends its batch at the end of its chunk', async () => {
  const { runtime } = testRuntime()
  const batches: number[][] = []
  const Flushing = definePipeline({
    name: 'flushing',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: (message) =>
      message.putBatchMode(message.data === 1 ? 'flush' : 'bulk').putBatcher('store'),
    batchers: {
      store: {
        handleBatch(messages) {
          batches.push(messages.map(({ data }) => data))
          return messages
        },
      },
    },
  })
  const pipeline = await Flushing.startLink(undefined, { runtime })
  await testMessages(pipeline, [1, 2, 3])
  expect(batches).toEqual([[1, 2, 3]])
  await pipeline.stop()
})

test('batch keys keep batches apart, and each message goes to the batcher it names', async () => {
  const { runtime } = testRuntime()
  const seen: string[] = []
  const handleBatch = (
    messages: readonly Message<number>[],
    info: { batcher: string; batchKey: unknown },
  ) => {
    seen.push(`${info.batcher}/${String(info.batchKey)}: ${messages.map(({ data }) => data).join()}`)
    return messages
  }
  const Sorting = definePipeline({
    name: 'sorting',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage(message) {
      const keyed = message.putBatchKey(message.data > 2 ? 'high' : 'low')
      return message.data % 2 ? keyed.putBatcher('odd') : keyed.putBatcher('even')
    },
    batchers: { odd: { handleBatch }, even: { handleBatch } },
  })
  const pipeline = await Sorting.startLink(undefined, { runtime })
  await testMessages(pipeline, [1, 2, 3, 4])
  expect(seen.toSorted()).toEqual(['even/high: 4', 'even/low: 2', 'odd/high: 3', 'odd/low: 1'])
  await pipeline.stop()
})

test('what throws or fails skips the batchers, is shown to handleFailed, and is acknowledged as failed', async () => {
  const { runtime } = testRuntime()
  const looked: unknown[] = []
  const batched: number[] = []
  const Picky = definePipeline({
    name: 'picky',
    producer: { from: idle },
    handleMessage(message) {
      if (message.data === 1) throw new Error('one is too few')
      if (message.data === 2) return message.failed('two')
      return message.putBatcher('store')
    },
    handleFailed(messages) {
      looked.push(...messages.map(({ status }) => status))
      return messages.map((message) => message.putData('seen').withStatus('ok'))
    },
    batchers: {
      store: {
        handleBatch(messages) {
          batched.push(...messages.map(({ data }) => data))
          return messages
        },
      },
    },
  })
  const pipeline = await Picky.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    const { successful, failed } = await testMessages(pipeline, [1, 2, 3])
    expect(successful.map(({ data }) => data)).toEqual([3])
    expect(failed.map(({ data }) => data)).toEqual(['seen', 'seen'])
  })
  expect(looked).toEqual([{ thrown: new Error('one is too few') }, { failed: 'two' }])
  expect(reported).toEqual(['handle_message: one is too few'])
  expect(batched).toEqual([3])
  await pipeline.stop()
})

test.each([
  ['loses messages', () => [], 'handleFailed was given 2 messages and returned 0'],
  ['throws', () => raise('not now'), 'not now'],
])(
  'handleFailed that %s is reported, and what failed is acknowledged all the same',
  async (_how, handleFailed, why) => {
    const { runtime } = testRuntime()
    const Forgetful = definePipeline({
      name: 'forgetful',
      producer: { from: idle },
      processors: { concurrency: 1 },
      handleMessage: (message) => message.failed('no'),
      handleFailed,
    })
    const pipeline = await Forgetful.startLink(undefined, { runtime })
    const reported = await failures(async () => {
      expect((await testMessages(pipeline, [1, 2])).failed.map(({ data }) => data)).toEqual([1, 2])
    })
    expect(reported).toEqual([`handle_failed: ${why}`])
    await pipeline.stop()
  },
)

test('prepareMessages must return as many as it got, or all fail', async () => {
  const { runtime } = testRuntime()
  const Losing = definePipeline({
    name: 'losing',
    producer: { from: idle },
    prepareMessages: (messages) => messages.slice(1),
    handleMessage: (message) => message,
  })
  const pipeline = await Losing.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    const { failed } = await testMessages(pipeline, [1, 2])
    expect(failed).toHaveLength(2)
  })
  expect(reported).toEqual(['prepare_messages: prepareMessages was given 2 messages and returned 1'])
  await pipeline.stop()
})

test('a batcher nobody defined fails the message and names those that exist', async () => {
  const { runtime } = testRuntime()
  const Lost = definePipeline({
    name: 'lost',
    producer: { from: idle },
    handleMessage: (message) => message.putBatcher('nowhere' as 'store'),
    batchers: { store: { handleBatch: (messages) => messages } },
  })
  const pipeline = await Lost.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    expect((await testMessages(pipeline, [1])).failed).toHaveLength(1)
  })
  expect(reported).toEqual(['handle_message: there is no batcher "nowhere", only: store'])
  await pipeline.stop()
})

test('handleBatch that throws fails its whole batch', async () => {
  const { runtime } = testRuntime()
  const Broken = definePipeline({
    name: 'broken',
    producer: { from: idle },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: {
      store: {
        handleBatch() {
          throw new Error('disk full')
        },
      },
    },
  })
  const pipeline = await Broken.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    const { failed } = await testMessages(pipeline, [1, 2])
    expect(failed.map(({ status }) => status)).toEqual([
      { thrown: new Error('disk full') },
      { thrown: new Error('disk full') },
    ])
  })
  expect(new Set(reported)).toEqual(new Set(['handle_batch: disk full']))
  await pipeline.stop()
})

test('a message that handleBatch leaves out is never acknowledged, and that is reported', async () => {
  const { runtime } = testRuntime()
  const ledger = new Ledger()
  const Omitting = definePipeline({
    name: 'omitting',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: { store: { batchSize: 3, handleBatch: (messages) => messages.slice(1) } },
  })
  const pipeline = await Omitting.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    await pipeline.push([1, 2, 3].map((n) => ledger.message(n)))
    await settle()
  })
  expect(ledger.ok).toEqual([2, 3])
  expect(reported).toEqual([
    'handle_batch: handleBatch was given 3 messages and returned 2; the others are never acknowledged',
  ])
  await pipeline.stop()
})

test('acknowledgements come grouped by ref, once per group', async () => {
  const { runtime } = testRuntime()
  const ledger = new Ledger()
  const Grouping = definePipeline({
    name: 'grouping',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: (message) => (message.data === 3 ? message.failed('three') : message.putBatcher('store')),
    batchers: { store: { batchSize: 4, handleBatch: (messages) => messages } },
  })
  const pipeline = await Grouping.startLink(undefined, { runtime })
  await pipeline.push([1, 2, 3, 4, 5].map((n) => ledger.message(n, n % 2 ? 'odd' : 'even')))
  await settle()
  expect(ledger.groups).toEqual([
    { ref: 'odd', ok: [], failed: [3] },
    { ref: 'odd', ok: [1, 5], failed: [] },
    { ref: 'even', ok: [2, 4], failed: [] },
  ])
  await pipeline.stop()
})

test('an acknowledger that throws is reported, and the pipeline goes on', async () => {
  const { runtime } = testRuntime()
  const acknowledger = {
    ack() {
      throw new Error('broker gone')
    },
  }
  const Going = definePipeline({
    name: 'going',
    producer: { from: idle },
    handleMessage: (message) => message,
  })
  const pipeline = await Going.startLink(undefined, { runtime })
  const reported = await failures(async () => {
    await pipeline.push([new Message(1, { acknowledger: { acknowledger, ref: 1, data: undefined } })])
    await settle()
    expect((await testMessages(pipeline, [2])).successful).toHaveLength(1)
  })
  expect(reported).toEqual(['ack: broker gone'])
  await pipeline.stop()
})

test('ackImmediately acknowledges once, configureAck changes how', async () => {
  const { runtime } = testRuntime()
  const ledger = new Ledger()
  const Early = definePipeline({
    name: 'early',
    producer: { from: idle },
    handleMessage: (message) => message.configureAck({ onFailure: 'reject' }).ackImmediately(),
  })
  const pipeline = await Early.startLink(undefined, { runtime })
  await pipeline.push([ledger.message(1)])
  await settle()
  expect(ledger.ok).toEqual([1])
  expect(ledger.settings).toEqual(['{"onFailure":"reject"}'])
  expect(() => new Message(1).configureAck({})).toThrow('takes no options')
  await pipeline.stop()
})

test('partitionBy: messages of one key are handled by the same processor, in order', async () => {
  const { runtime } = testRuntime()
  const seen = new Map<string, number[]>()
  const processors = new Set<string>()
  const Ordered = definePipeline({
    name: 'ordered',
    producer: { from: idle },
    processors: { concurrency: 3, maxDemand: 2, partitionBy: ({ data }) => data % 3 },
    async handleMessage(message) {
      await settle()
      const key = String(message.data % 3)
      seen.set(key, [...(seen.get(key) ?? []), message.data])
      return message
    },
  })
  attachPrefix('ordered.test', 'pipeline.processor.message.stop', (_event, metadata) => {
    const { name, message } = metadata as { readonly name: string; readonly message: Message<number> }
    processors.add(`${name} ${message.data % 3}`)
  })
  const pipeline = await Ordered.startLink(undefined, { runtime })
  await testMessages(
    pipeline,
    Array.from({ length: 30 }, (_, index) => index),
  )
  detach('ordered.test')
  for (const events of seen.values()) expect(events).toEqual(events.toSorted((a, b) => a - b))
  expect([...processors].toSorted()).toEqual([
    'ordered.processor.0 0',
    'ordered.processor.1 1',
    'ordered.processor.2 2',
  ])
  await pipeline.stop()
})

test('partitionBy of a batcher sends batches of one key to the same batch processor', async () => {
  const { runtime } = testRuntime()
  const partitions = new Map<number, Set<number | undefined>>()
  const Sharded = definePipeline({
    name: 'sharded',
    producer: { from: idle },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: {
      store: {
        batchSize: 2,
        concurrency: 2,
        partitionBy: ({ data }) => data,
        handleBatch(messages, { partition }) {
          for (const { data } of messages)
            partitions.set(data % 2, (partitions.get(data % 2) ?? new Set()).add(partition))
          return messages
        },
      },
    },
  })
  const pipeline = await Sharded.startLink(undefined, { runtime })
  await testMessages(pipeline, [0, 1, 2, 3, 4, 5, 6, 7])
  expect([...partitions]).toEqual([
    [0, new Set([0])],
    [1, new Set([1])],
  ])
  await pipeline.stop()
})

test('rate limiting: all producers share what an interval allows; the rest waits for the next', async () => {
  const { runtime, clock } = testRuntime()
  const ledger = new Ledger()
  const Limited = definePipeline({
    name: 'limited',
    producer: {
      from: () => counting(10, ledger),
      concurrency: 2,
      rateLimiting: { allowedMessages: 3, intervalMs: 1_000 },
    },
    processors: { concurrency: 1 },
    handleMessage: (message) => message,
  })
  const pipeline = await Limited.startLink(undefined, { runtime })
  await settle()
  expect(ledger.ok).toHaveLength(3)
  await clock.advance(1_000)
  expect(ledger.ok).toHaveLength(6)
  expect(await pipeline.rateLimiting()).toEqual({ allowedMessages: 3, intervalMs: 1_000 })
  await pipeline.updateRateLimiting({ allowedMessages: 100, intervalMs: 500 })
  await clock.advance(1_000)
  await clock.advance(500)
  expect(ledger.ok).toHaveLength(20)
  await pipeline.stop()
})

test('a pipeline without a rate limit says so', async () => {
  const { runtime } = testRuntime()
  const Free = definePipeline({ name: 'free', producer: { from: idle }, handleMessage: (message) => message })
  const pipeline = await Free.startLink(undefined, { runtime })
  expect(() => pipeline.rateLimiting()).toThrow('has no rate limit')
  await pipeline.stop()
})

test('stop drains: what is in flight and half-full batches are handled and acknowledged', async () => {
  const { runtime } = testRuntime()
  const ledger = new Ledger()
  const Draining = definePipeline({
    name: 'draining',
    producer: { from: idle },
    async handleMessage(message) {
      await settle()
      return message.putBatcher('store')
    },
    batchers: { store: { batchSize: 100, batchTimeoutMs: 60_000, handleBatch: (messages) => messages } },
  })
  const pipeline = await Draining.startLink(undefined, { runtime })
  await pipeline.push(Array.from({ length: 150 }, (_, index) => ledger.message(index)))
  await pipeline.stop()
  expect(ledger.ok.length).toBe(150)
  expect(runtime.processes()).toEqual([])
})

test('draining asks the source to prepare, and takes nothing new from it afterwards', async () => {
  const { runtime } = testRuntime()
  const ledger = new Ledger()
  const calls: string[] = []
  const Queue = defineProducer({
    name: 'queue',
    init: () => ({ inside: [7, 8] as readonly number[] }),
    handleDemand(state) {
      calls.push('demand')
      return noreply(state)
    },
    prepareForDraining(state) {
      calls.push('prepare')
      return produce(state.inside, { inside: [] })
    },
    calls: { push: (state, events: readonly number[]) => replyAndProduce('ok', events, state) },
  })
  const Prepared = definePipeline({
    name: 'prepared',
    producer: { from: () => messagesFrom(Queue, undefined, (n) => ledger.message(n)) },
    processors: { concurrency: 1 },
    handleMessage: (message) => message,
  })
  const pipeline = await Prepared.startLink(undefined, { runtime })
  await Queue.at('prepared.producer.0', runtime).call.push([1])
  await pipeline.stop()
  expect(ledger.ok).toEqual([1, 7, 8])
  expect(calls).toEqual(['demand', 'prepare'])
})

test('a stop that takes too long ends at shutdownMs, and what is stuck stays unacknowledged', async () => {
  const { runtime, clock } = testRuntime()
  const ledger = new Ledger()
  const Stuck = definePipeline({
    name: 'stuck',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: () => new Promise<Message<never, never>>(() => {}),
    shutdownMs: 5_000,
  })
  const pipeline = await Stuck.startLink(undefined, { runtime })
  await pipeline.push([ledger.message(1)])
  const stopped = pipeline.stop()
  await clock.advance(4_999)
  expect(runtime.whereis('stuck.terminator')).toBeDefined()
  await clock.advance(5_001)
  await stopped
  expect(ledger.groups).toEqual([])
})

test('a killed processor loses only what it had in hand; the rest starts anew and goes on', async () => {
  const { runtime, clock } = testRuntime()
  const ledger = new Ledger()
  let release: () => void = () => {}
  const Killed = definePipeline({
    name: 'killed',
    producer: { from: () => counting(20, ledger) },
    processors: { concurrency: 2, maxDemand: 2, minDemand: 1 },
    async handleMessage(message) {
      if (message.data === 5) {
        await new Promise<void>((resolve) => {
          release = resolve
        })
      }
      return message
    },
  })
  const pipeline = await Killed.startLink(undefined, { runtime })
  await settle()
  for (const index of [0, 1]) {
    const pid = runtime.whereis(`killed.processor.${index}`)
    if (pid) runtime.exit(pid, 'kill')
  }
  await settle()
  await clock.advance(100)
  release()
  await settle()
  expect(ledger.ok).not.toContain(5)
  const missing = Array.from({ length: 20 }, (_, index) => index + 1).filter((n) => !ledger.ok.includes(n))
  expect(missing.length).toBeLessThanOrEqual(4)
  expect(new Set(ledger.ok).size).toBe(ledger.ok.length)
  await pipeline.stop()
})

test('a producer that crashes is restarted and subscribed to again after 100 ms', async () => {
  const { runtime, clock } = testRuntime()
  const Fragile = definePipeline({
    name: 'fragile',
    producer: { from: idle },
    handleMessage: (message) => message,
  })
  const pipeline = await Fragile.startLink(undefined, { runtime })
  const processor = runtime.whereis('fragile.processor.0')
  const producer = runtime.whereis('fragile.producer.0')
  if (!producer) throw new Error('no producer')
  runtime.exit(producer, 'kill')
  await clock.advance(99)
  const acknowledged = testMessages(pipeline, [1])
  await settle()
  await clock.advance(1)
  expect((await acknowledged).successful).toHaveLength(1)
  expect(runtime.whereis('fragile.processor.0')).toBe(processor)
  await pipeline.stop()
})

test('a crash of a batch processor restarts the batchers, and messages flow again', async () => {
  const { runtime } = testRuntime()
  const Sturdy = definePipeline({
    name: 'sturdy',
    producer: { from: idle },
    processors: { concurrency: 2 },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: { store: { handleBatch: (messages) => messages } },
  })
  const pipeline = await Sturdy.startLink(undefined, { runtime })
  for (const name of ['sturdy.batch_processor.store.0', 'sturdy.batcher.store']) {
    const pid = runtime.whereis(name)
    if (!pid) throw new Error(`no ${name}`)
    runtime.exit(pid, 'kill')
    await settle()
    expect((await testMessages(pipeline, [1, 2, 3])).successful).toHaveLength(3)
  }
  await pipeline.stop()
})

test('telemetry tells of the topology and spans every step', async () => {
  const { runtime } = testRuntime()
  const seen: string[] = []
  attachPrefix('spans.test', 'pipeline.', (event) => {
    seen.push(event)
  })
  const Spanned = definePipeline({
    name: 'spanned',
    producer: { from: idle },
    processors: { concurrency: 1 },
    handleMessage: (message) => (message.data === 2 ? message.failed('two') : message.putBatcher('store')),
    handleFailed: (messages) => messages,
    batchers: { store: { handleBatch: (messages) => messages } },
  })
  const pipeline = await Spanned.startLink(undefined, { runtime })
  await testMessages(pipeline, [1, 2])
  await settle()
  detach('spans.test')
  expect(seen).toEqual([
    'pipeline.topology.init',
    'pipeline.processor.start',
    'pipeline.processor.message.start',
    'pipeline.processor.message.stop',
    'pipeline.processor.message.start',
    'pipeline.processor.message.stop',
    'pipeline.handle_failed.start',
    'pipeline.handle_failed.stop',
    'pipeline.processor.stop',
    'pipeline.batcher.start',
    'pipeline.batcher.stop',
    'pipeline.batch_processor.start',
    'pipeline.batch_processor.stop',
  ])
  await pipeline.stop()
})

test('the supervision tree shows every stage by name', async () => {
  const { runtime } = testRuntime()
  const Shown = definePipeline({
    name: 'shown',
    producer: { from: idle, rateLimiting: { allowedMessages: 1, intervalMs: 1 } },
    processors: { concurrency: 2 },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: { store: { handleBatch: (messages) => messages } },
  })
  const pipeline = await Shown.startLink(undefined, { runtime })
  const names = (node: {
    readonly name?: string | undefined
    readonly children?: readonly object[] | undefined
  }): unknown => (node.children ? [node.name, ...node.children.map((child) => names(child))] : node.name)
  expect(names(await supervisionTree(runtime, 'shown'))).toEqual([
    'shown',
    'shown.rate_limiter',
    ['shown.producers', 'shown.producer.0'],
    ['shown.processors', 'shown.processor.0', 'shown.processor.1'],
    ['shown.batchers', [undefined, 'shown.batcher.store', [undefined, 'shown.batch_processor.store.0']]],
    'shown.terminator',
  ])
  await pipeline.stop()
})

test('numbers that make no sense are refused when the pipeline is defined, by name', () => {
  const define = (batchSize: number, maxDemand: number, minDemand: number) =>
    definePipeline({
      name: 'wrong',
      producer: { from: idle },
      processors: { maxDemand, minDemand },
      handleMessage: (message) => message.putBatcher('store'),
      batchers: { store: { batchSize, handleBatch: (messages) => messages } },
    })
  expect(() => define(0, 1, 0)).toThrow('batchers.store.batchSize must be an integer of 1 or more, got: 0')
  expect(() => define(1, 1.5, 0)).toThrow('processors.maxDemand must be an integer of 1 or more, got: 1.5')
  expect(() => define(1, 2, 2)).toThrow('processors.minDemand must be less than maxDemand, 2, got: 2')
})

test('a source with a dispatcher of its own is refused', async () => {
  const { runtime } = testRuntime()
  const Own = defineProducer({
    name: 'own',
    init: () => 0,
    options: () => ({ dispatcher: broadcastDispatcher() }),
    handleDemand: (state) => noreply(state),
    calls: { ping: (state) => reply('pong', state) },
  })
  const Refused = definePipeline({
    name: 'refused',
    producer: { from: () => messagesFrom(Own, undefined) },
    handleMessage: (message) => message,
  })
  const probe = await startProbe(runtime, { trap: true })
  await expect(Refused.startLink(undefined, { runtime, parent: probe.pid })).rejects.toThrow(/did not start/)
})
