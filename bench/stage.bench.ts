/**
 * What does demand cost? Messages through three stages in one process, against
 * Node's own streams and against chained async generators, which have
 * backpressure, too; and what a slow consumer makes a producer keep in memory,
 * against a mailbox that is simply filled.
 */
import { Readable, Transform, Writable } from 'node:stream'
import { pipeline as streamPipeline } from 'node:stream/promises'
import { createRuntime, defineServer, noreply, type Runtime, stop } from '../src/otp/index.ts'
import {
  defineConsumer,
  definePipeline,
  defineProducer,
  defineProducerConsumer,
  GenStage,
  Message,
  messagesFrom,
  produce,
} from '../src/stage/index.ts'
import { type Bench, perSecond } from './harness.ts'

const MESSAGES = 3_000_000
const SMALL = 500_000
const PIPELINE = 500_000
const OFFERED = 2_000_000
const HANDLED = 2_000

const Numbers = defineProducer({
  name: 'numbers',
  init: () => 0,
  handleDemand(next: number, demand) {
    const events = new Array<number>(demand)
    for (let index = 0; index < demand; index++) events[index] = next + index
    return produce(events, next + demand)
  },
})

const AddOne = defineProducerConsumer({
  name: 'add_one',
  init: () => 0,
  handleEvents: (state, events: readonly number[]) =>
    produce(
      events.map((event) => event + 1),
      state,
    ),
})

const Sum = defineConsumer({
  name: 'sum',
  init: (goal: { readonly left: number; readonly reached: () => void }) => ({ ...goal, sum: 0 }),
  handleEvents({ left, reached, sum }, events: readonly number[]) {
    let total = sum
    for (const event of events) total += event
    if (left > events.length) return noreply({ left: left - events.length, reached, sum: total })
    reached()
    return stop('shutdown', { left: 0, reached, sum: total })
  },
})

async function threeStages(count: number, maxDemand: number): Promise<number> {
  const runtime = createRuntime()
  const producer = await Numbers.start(undefined, { runtime })
  const middle = await AddOne.start(undefined, { runtime })
  let reached: () => void = () => {}
  const all = new Promise<void>((resolve) => {
    reached = resolve
  })
  const consumer = await Sum.start({ left: count, reached }, { runtime })
  const rate = await perSecond(count, async () => {
    await GenStage.subscribe(middle, producer, { maxDemand, cancel: 'temporary' })
    await GenStage.subscribe(consumer, middle, { maxDemand, cancel: 'temporary' })
    await all
  })
  await runtime.stop()
  return rate
}

async function nodeStreams(count: number, highWaterMark: number): Promise<number> {
  let next = 0
  let sum = 0
  const source = new Readable({
    objectMode: true,
    highWaterMark,
    read() {
      this.push(next < count ? next++ : null)
    },
  })
  const middle = new Transform({
    objectMode: true,
    highWaterMark,
    transform: (event: number, _encoding, done) => done(null, event + 1),
  })
  const sink = new Writable({
    objectMode: true,
    highWaterMark,
    write(event: number, _encoding, done) {
      sum += event
      done()
    },
  })
  return perSecond(count, () => streamPipeline(source, middle, sink).then(() => sum))
}

async function generators(count: number): Promise<number> {
  async function* source() {
    for (let next = 0; next < count; next++) yield next
  }
  async function* middle() {
    for await (const event of source()) yield event + 1
  }
  let sum = 0
  return perSecond(count, async () => {
    for await (const event of middle()) sum += event
    return sum
  })
}

/** Producer, processors, batcher and batch processor, every message acknowledged. */
async function wholePipeline(maxDemand: number): Promise<number> {
  const runtime = createRuntime()
  let left = PIPELINE
  let reached: () => void = () => {}
  const all = new Promise<void>((resolve) => {
    reached = resolve
  })
  const acknowledger = {
    ack(_ref: unknown, successful: readonly unknown[]) {
      left -= successful.length
      if (left <= 0) reached()
    },
  }
  const ticket = { acknowledger, ref: 'bench', data: undefined }
  const Storing = definePipeline({
    name: 'storing',
    producer: {
      from: () => messagesFrom(Numbers, undefined, (n) => new Message(n, { acknowledger: ticket })),
    },
    processors: { concurrency: 2, maxDemand },
    handleMessage: (message) => message.putBatcher('store'),
    batchers: { store: { batchSize: 500, handleBatch: (messages) => messages } },
    shutdownMs: 1_000,
  })
  const started = await Storing.startLink(undefined, { runtime })
  const rate = await perSecond(PIPELINE, () => all)
  for (const name of started.producers) {
    const pid = runtime.whereis(name)
    if (pid) runtime.exit(pid, 'kill')
  }
  return rate
}

const heapMb = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

/** A consumer that is a thousand times slower than its producer; every event is an object of its own. */
async function slowConsumer(
  feed: (runtime: Runtime, slowly: () => Promise<void>) => Promise<void>,
): Promise<number> {
  const runtime = createRuntime()
  const before = heapMb()
  let handled = 0
  let reached: () => void = () => {}
  const enough = new Promise<void>((resolve) => {
    reached = resolve
  })
  await feed(runtime, async () => {
    await nextTurn()
    if (++handled === HANDLED) reached()
  })
  await enough
  return heapMb() - before
}

const withDemand = () =>
  slowConsumer(async (runtime, slowly) => {
    const Objects = defineProducer({
      name: 'objects',
      init: () => 0,
      handleDemand: (made: number, demand) =>
        produce(
          Array.from({ length: Math.min(demand, OFFERED - made) }, (_, index) => ({ id: made + index })),
          made + demand,
        ),
    })
    const Slow = defineConsumer({
      name: 'slow',
      init: () => 0,
      async handleEvents(state, events: readonly { readonly id: number }[]) {
        for (const _event of events) await slowly()
        return noreply(state)
      },
    })
    const [producer, consumer] = [
      await Objects.start(undefined, { runtime }),
      await Slow.start(undefined, { runtime }),
    ]
    await GenStage.subscribe(consumer, producer)
  })

const byCast = () =>
  slowConsumer(async (runtime, slowly) => {
    const Slow = defineServer({
      name: 'slow',
      init: () => 0,
      casts: {
        async handle(state, _event: { readonly id: number }) {
          await slowly()
          return noreply(state)
        },
      },
    })
    const slow = await Slow.start(undefined, { runtime })
    for (let id = 0; id < OFFERED; id++) slow.cast.handle({ id })
  })

export const bench: Bench = {
  about: 'What does demand cost, and what does it save?',
  rounds: 7,
  isolated: true,
  questions: [
    {
      title: 'three stages, default demand (1000)',
      unit: 'messages/s',
      better: 'more',
      target: 1_000_000,
      contenders: [
        { name: 'producer, middle, consumer', sample: () => threeStages(MESSAGES, 1_000) },
        { name: 'Node streams, high water mark 1000', sample: () => nodeStreams(MESSAGES, 1_000) },
        { name: 'async generators', sample: () => generators(SMALL) },
      ],
    },
    {
      title: 'three stages, demand 10',
      unit: 'messages/s',
      better: 'more',
      contenders: [
        { name: 'producer, middle, consumer', sample: () => threeStages(SMALL, 10) },
        { name: 'Node streams, high water mark 10', sample: () => nodeStreams(SMALL, 10) },
      ],
      note: 'a batch is 5 messages: the protocol is paid 100 times as often; streams call each other on one stack and have no processes that could be killed, watched or restarted',
    },
    {
      title: 'pipeline: processors, batcher, acknowledgement',
      unit: 'messages/s',
      better: 'more',
      contenders: [
        { name: 'processor demand 10', sample: () => wholePipeline(10) },
        { name: 'processor demand 1000', sample: () => wholePipeline(1_000) },
      ],
    },
    {
      title: `memory while ${OFFERED / 1e6} M objects are offered to a slow consumer`,
      unit: 'MB held',
      better: 'less',
      target: 2,
      contenders: [
        { name: 'stages with demand', sample: withDemand },
        { name: 'casts into a mailbox', sample: byCast },
      ],
    },
  ],
}
