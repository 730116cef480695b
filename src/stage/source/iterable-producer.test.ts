import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { noreply, reply } from '../../otp/index.ts'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  defineConsumer,
  definePipeline,
  GenStage,
  iterableProducer,
  messagesFrom,
  type SubscribeOptions,
} from '../index.ts'

const Collector = defineConsumer({
  name: 'collector',
  init: () => [] as readonly unknown[],
  handleEvents: (got, events: readonly unknown[]) => noreply([...got, ...events]),
  calls: { got: (state) => reply(state, state) },
})

async function collect<E>(
  open: () => AsyncIterable<E> | Iterable<E>,
  options: SubscribeOptions<unknown> = {},
) {
  const { runtime, reports } = testRuntime()
  const producer = await iterableProducer(open).start(undefined, { runtime })
  const consumer = await Collector.start(undefined, { runtime })
  const watcher = await startProbe(runtime)
  watcher.ctx.monitor(producer.pid)
  await GenStage.subscribe(consumer, producer, { cancel: 'temporary', ...options })
  return { runtime, reports, producer, consumer, watcher }
}

test('an array is handed out in order, and then the producer ends normally', async () => {
  const { consumer, watcher } = await collect(() => [1, 2, 3], { maxDemand: 2 })
  await settle()
  expect(await consumer.call.got()).toEqual([1, 2, 3])
  expect(watcher.messages).toMatchObject([{ type: 'DOWN', reason: 'normal' }])
})

test('an async generator is read as far as it is asked, and not further', async () => {
  let read = 0
  async function* numbers() {
    try {
      for (;;) yield ++read
    } finally {
      read = -1
    }
  }
  const { runtime } = testRuntime()
  const producer = await iterableProducer(numbers).start(undefined, { runtime })
  const Some = defineConsumer({
    name: 'some',
    init: () => 0,
    handleEvents: (count, events: readonly number[]) =>
      count + events.length >= 5 ? new Promise<never>(() => {}) : noreply(count + events.length),
  })
  const consumer = await Some.start(undefined, { runtime })
  await GenStage.subscribe(consumer, producer, { maxDemand: 2, minDemand: 1 })
  await settle()
  expect(read).toBeGreaterThanOrEqual(5)
  expect(read).toBeLessThanOrEqual(6)
  await producer.stop()
  expect(read).toBe(-1)
})

test('a Node stream is read with its own backpressure and destroyed with its producer', async () => {
  const stream = new PassThrough({ objectMode: true, highWaterMark: 1 })
  const { producer, consumer } = await collect<number>(() => stream)
  stream.write(1)
  stream.write(2)
  await settle()
  expect(await consumer.call.got()).toEqual([1, 2])
  await producer.stop()
  expect(stream.destroyed).toBe(true)
})

test('a source that fails ends its producer with the error', async () => {
  const broken = () =>
    Readable.from(
      (async function* () {
        yield 1
        throw new Error('disk gone')
      })(),
    )
  const { watcher, reports } = await collect(broken)
  await settle()
  expect(watcher.messages).toMatchObject([{ type: 'DOWN', reason: { message: 'disk gone' } }])
  expect(reports[0]?.reason).toMatchObject({ message: 'disk gone' })
})

test('a slow source does not keep its producer from hearing of other things', async () => {
  const { runtime, producer } = await collect<number>(async function* () {
    yield await new Promise<number>(() => {})
  })
  await settle()
  expect(await GenStage.estimateBufferedCount(producer)).toBe(0)
  const { pid } = producer
  await producer.stop()
  expect(runtime.isAlive(pid)).toBe(false)
})

test('a source that ends is not over before all of it went past the rate limit', async () => {
  const { runtime, clock } = testRuntime()
  const handled: unknown[] = []
  const Limited = definePipeline({
    name: 'limited_reading',
    producer: {
      from: () =>
        messagesFrom(
          iterableProducer(() => [1, 2, 3, 4, 5]),
          undefined,
        ),
      rateLimiting: { allowedMessages: 2, intervalMs: 1_000 },
    },
    processors: { concurrency: 1 },
    handleMessage(message) {
      handled.push(message.data)
      return message
    },
  })
  const pipeline = await Limited.startLink(undefined, { runtime })
  const seen: unknown[] = []
  for (let second = 0; second < 3; second++) {
    seen.push([handled.length, pipeline.producers.length])
    await clock.advance(1_000)
  }
  expect(seen).toEqual([
    [2, 1],
    [4, 1],
    [5, 0],
  ])
  expect(handled).toEqual([1, 2, 3, 4, 5])
  await pipeline.stop()
})

test('a pipeline over a source with an end handles it once, and then waits to be stopped', async () => {
  const { runtime, clock } = testRuntime()
  const handled: unknown[] = []
  let opened = 0
  const Reading = definePipeline({
    name: 'reading',
    producer: {
      from: () => {
        const numbers = iterableProducer(() => {
          opened++
          return [1, 2, 3, 4, 5]
        })
        return messagesFrom(numbers, undefined)
      },
    },
    processors: { concurrency: 1 },
    handleMessage(message) {
      handled.push(message.data)
      return message
    },
  })
  const pipeline = await Reading.startLink(undefined, { runtime })
  await settle()
  await clock.advance(1_000)
  expect(handled).toEqual([1, 2, 3, 4, 5])
  expect(opened).toBe(1)
  await pipeline.stop()
  expect(runtime.processes()).toEqual([])
})
