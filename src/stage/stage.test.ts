import { expect, test } from 'vitest'
import { attach, detach, type TelemetryEvent } from '../kernel/index.ts'
import { type ExitReason, failInit, noreply, reply, stop } from '../otp/index.ts'
import { settle, startProbe, testRuntime } from '../testing/index.ts'
import {
  type automatic,
  broadcastDispatcher,
  type CancelMode,
  type DemandMode,
  defineConsumer,
  defineProducer,
  defineProducerConsumer,
  EventsDiscarded,
  EventsInExcess,
  GenStage,
  manual,
  type Peer,
  type ProducerOptions,
  type ProducerRef,
  partitionDispatcher,
  produce,
  replyAndProduce,
  StageMisused,
  type SubscribeOptions,
} from './index.ts'

/** Counts up from `from`, exactly as far as asked; keeps the demands it saw. */
const Counter = defineProducer({
  name: 'counter',
  init: (options: ProducerOptions) => ({ options, next: 0, demands: [] as readonly number[] }),
  options: ({ options }) => options,
  handleDemand(state, demand) {
    const events = Array.from({ length: demand }, (_, index) => state.next + index)
    return produce(events, { ...state, next: state.next + demand, demands: [...state.demands, demand] })
  },
  calls: {
    demands: (state) => reply(state.demands, state),
    push: (state, events: readonly number[]) => replyAndProduce('pushed', events, state),
  },
  casts: { fail: (state, reason: ExitReason) => stop(reason, state) },
})

/** Gives only what it is pushed; keeps the demands and infos it saw. */
const Push = defineProducer({
  name: 'push',
  init: (options: ProducerOptions) => ({
    options,
    demands: [] as readonly number[],
    infos: [] as readonly unknown[],
  }),
  options: ({ options }) => options,
  handleDemand: (state, demand) => noreply({ ...state, demands: [...state.demands, demand] }),
  calls: {
    push: (state, events: readonly number[]) => replyAndProduce('pushed', events, state),
    seen: (state) => reply({ demands: state.demands, infos: state.infos }, state),
  },
  casts: { fail: (state, reason: ExitReason) => stop(reason, state) },
  info: (state, message) => noreply({ ...state, infos: [...state.infos, message] }),
})

/** Keeps what it gets, batch by batch. */
const Collector = defineConsumer({
  name: 'collector',
  init: (limit: number) => ({
    limit,
    batches: [] as readonly (readonly number[])[],
    cancels: [] as readonly string[],
  }),
  handleEvents(state, events: readonly number[]) {
    const batches = [...state.batches, events]
    return batches.length >= state.limit
      ? stop('shutdown', { ...state, batches })
      : noreply({ ...state, batches })
  },
  handleCancel: (state, { role, kind, reason }) =>
    noreply({ ...state, cancels: [...state.cancels, `${role} ${kind} ${String(reason)}`] }),
  calls: {
    batches: (state) => reply(state.batches, state),
    cancels: (state) => reply(state.cancels, state),
  },
  info: (state) => noreply(state),
})

/** Gets only what it is told to ask for. */
const Manual = defineConsumer({
  name: 'manual',
  init: () => ({ from: undefined as Peer | undefined, got: [] as readonly number[] }),
  handleSubscribe: (state, { peer }) => manual({ ...state, from: peer }),
  handleEvents: (state, events: readonly number[]) => noreply({ ...state, got: [...state.got, ...events] }),
  calls: {
    ask(state, count: number, ctx) {
      if (state.from) GenStage.ask(ctx, state.from, count)
      return reply(undefined, state)
    },
    leave(state, reason: unknown, ctx) {
      if (state.from) GenStage.cancel(ctx, state.from, reason)
      return reply(undefined, state)
    },
    got: (state) => reply(state.got, state),
  },
})

const setup = () => {
  const world = testRuntime()
  const { runtime } = world
  return {
    ...world,
    counter: (options: ProducerOptions = {}) => Counter.start(options, { runtime }),
    push: (options: ProducerOptions = {}) => Push.start(options, { runtime }),
    collector: (limit = Number.POSITIVE_INFINITY) => Collector.start(limit, { runtime }),
    manual: () => Manual.start(undefined, { runtime }),
  }
}

async function heard<M extends object>(event: TelemetryEvent<M>, run: () => Promise<void>): Promise<M[]> {
  const seen: M[] = []
  attach('stage.test', event, (_name, metadata) => {
    seen.push(metadata)
  })
  await run().finally(() => detach('stage.test'))
  return seen
}

const only = (limit: number, options: SubscribeOptions<number>) => ({ limit, options })

test.each([
  [
    '(10, 8): batches of 2, five asks of 2',
    only(5, { maxDemand: 10, minDemand: 8 }),
    [2, 2, 2, 2, 2],
    [10, 2, 2, 2, 2],
  ],
  ['(10, 0): one batch of 10', only(1, { maxDemand: 10, minDemand: 0 }), [10], [10]],
  ['(1, 0): single events', only(2, { maxDemand: 1 }), [1, 1], [1, 1]],
])('%s', async (_name, { limit, options }, sizes, demands) => {
  const { runtime, counter } = setup()
  const producer = await counter()
  const seen: number[] = []
  const Sizes = defineConsumer({
    name: 'sizes',
    init: () => 0,
    handleEvents(count, events: readonly number[]) {
      seen.push(events.length)
      return count + 1 === limit ? stop('shutdown', count) : noreply(count + 1)
    },
  })
  const consumer = await Sizes.start(undefined, { runtime })
  await GenStage.subscribe(consumer, producer, options)
  await settle()
  expect(seen).toEqual(sizes)
  expect(await producer.call.demands()).toEqual(demands)
})

test('a subscription asks for 1000 and takes batches of 500, without another word', async () => {
  const { counter, collector } = setup()
  const [producer, consumer] = [await counter(), await collector(2)]
  await GenStage.subscribe(consumer, producer)
  await settle()
  expect(await producer.call.demands()).toEqual([1000, 500])
})

test('the next ask goes out after a batch is done, not when it arrives', async () => {
  const { runtime, counter } = setup()
  const producer = await counter()
  let release: () => void = () => {}
  const Slow = defineConsumer({
    name: 'slow',
    init: () => 0,
    handleEvents: (count, _events: readonly number[]) =>
      new Promise<ReturnType<typeof noreply<number>>>((resolve) => {
        release = () => resolve(noreply(count + 1))
      }),
  })
  const consumer = await Slow.start(undefined, { runtime })
  await GenStage.subscribe(consumer, producer, { maxDemand: 4, minDemand: 2 })
  await settle()
  expect(await producer.call.demands()).toEqual([4])
  release()
  await settle()
  expect(await producer.call.demands()).toEqual([4, 2])
})

test('bad subscribe options are refused with the field and the value, and the stage lives', async () => {
  const { runtime, counter, collector } = setup()
  const [producer, consumer] = [await counter(), await collector()]
  const misuses = await heard(StageMisused, async () => {
    expect(await GenStage.subscribe(consumer, producer, { maxDemand: 5, minDemand: 5 })).toEqual({
      ok: false,
      reason: 'bad_opts',
      message: 'expected minDemand to be an integer from 0 to 4, got: 5',
    })
  })
  expect(misuses).toMatchObject([{ stage: 'collector', problem: expect.stringContaining('minDemand') }])
  expect(runtime.isAlive(consumer.pid)).toBe(true)
})

test('bad stage options fail the start with bad_opts', async () => {
  const { counter } = setup()
  await expect(counter({ bufferSize: -1 })).rejects.toMatchObject({
    reason: { bad_opts: expect.stringContaining('bufferSize') },
  })
})

test('init may decline and fail as in any server', async () => {
  const { runtime } = setup()
  const Failing = defineProducer({
    name: 'failing',
    init: () => failInit('no_source') as ReturnType<typeof failInit> | { n: number },
    handleDemand: (state) => noreply(state),
  })
  await expect(Failing.start(undefined, { runtime })).rejects.toMatchObject({ reason: 'no_source' })
})

test('events beyond demand are buffered, and served before the producer is asked for the rest', async () => {
  const { push, manual } = setup()
  const [producer, consumer] = [await push(), await manual()]
  await producer.call.push([1, 2, 3])
  expect(await GenStage.estimateBufferedCount(producer)).toBe(3)
  await GenStage.subscribe(consumer, producer)
  await consumer.call.ask(5)
  await settle()
  expect(await consumer.call.got()).toEqual([1, 2, 3])
  expect((await producer.call.seen()).demands).toEqual([2])
  expect(await GenStage.estimateBufferedCount(producer)).toBe(0)
})

test('demand that is not met is not repeated', async () => {
  const { push, manual } = setup()
  const [producer, consumer] = [await push(), await manual()]
  await GenStage.subscribe(consumer, producer)
  await consumer.call.ask(5)
  await producer.call.push([1])
  await consumer.call.ask(1)
  await settle()
  expect((await producer.call.seen()).demands).toEqual([5, 1])
})

test.each([
  ['last', [3, 4, 5]],
  ['first', [1, 2, 3]],
] as const)('a full buffer keeps the %s events and announces what it dropped', async (bufferKeep, kept) => {
  const { push, manual } = setup()
  const [producer, consumer] = [await push({ bufferSize: 3, bufferKeep }), await manual()]
  const dropped = await heard(EventsDiscarded, async () => {
    await producer.call.push([1, 2, 3, 4, 5])
  })
  expect(dropped).toMatchObject([{ stage: 'push', discarded: 2 }])
  await GenStage.subscribe(consumer, producer)
  await consumer.call.ask(9)
  await settle()
  expect(await consumer.call.got()).toEqual(kept)
})

test('formatDiscarded may keep the announcement back', async () => {
  const { runtime } = setup()
  const counts: number[] = []
  const Quiet = defineProducer({
    name: 'quiet',
    init: () => 0,
    options: () => ({ bufferSize: 1 }),
    handleDemand: (state) => noreply(state),
    calls: { push: (state, events: readonly number[]) => replyAndProduce('ok', events, state) },
    formatDiscarded(discarded) {
      counts.push(discarded)
      return false
    },
  })
  const producer = await Quiet.start(undefined, { runtime })
  expect(await heard(EventsDiscarded, async () => void (await producer.call.push([1, 2, 3])))).toEqual([])
  expect(counts).toEqual([2])
})

test('a producer keeps 10,000 events without another word, a producer-consumer all', async () => {
  const { push } = setup()
  const producer = await push()
  const dropped = await heard(EventsDiscarded, async () => {
    await producer.call.push(Array.from({ length: 10_001 }, (_, index) => index))
  })
  expect(dropped).toMatchObject([{ discarded: 1 }])
})

test('a crashed consumer’s demand is not asked of the producer again', async () => {
  const { runtime, push, manual } = setup()
  const [producer, first, second] = [await push(), await manual(), await manual()]
  await GenStage.subscribe(first, producer)
  await first.call.ask(10)
  runtime.exit(first.pid, 'kill')
  await GenStage.subscribe(second, producer)
  await second.call.ask(4)
  await producer.call.push([1, 2, 3, 4, 5])
  await settle()
  expect(await second.call.got()).toEqual([1, 2, 3, 4])
  expect((await producer.call.seen()).demands).toEqual([10])
})

test('events produced between two consumers reach the second, though the first one’s demand is pending', async () => {
  const { runtime, push, manual } = setup()
  const [producer, first, second] = [await push(), await manual(), await manual()]
  await GenStage.subscribe(first, producer)
  await first.call.ask(3)
  runtime.exit(first.pid, 'kill')
  await settle()
  await producer.call.push([1, 2, 3])
  await GenStage.subscribe(second, producer)
  await second.call.ask(3)
  await settle()
  expect(await second.call.got()).toEqual([1, 2, 3])
})

test('broadcast: all get the same, a late joiner only what comes later', async () => {
  const { push, manual } = setup()
  const [producer, early, late] = [
    await push({ dispatcher: broadcastDispatcher() }),
    await manual(),
    await manual(),
  ]
  await GenStage.subscribe(early, producer)
  await early.call.ask(10)
  await producer.call.push([1])
  await GenStage.subscribe(late, producer)
  await late.call.ask(10)
  await producer.call.push([2, 3])
  await settle()
  expect(await early.call.got()).toEqual([1, 2, 3])
  expect(await late.call.got()).toEqual([2, 3])
})

test('broadcast: one consumer that does not ask stalls all', async () => {
  const { push, manual } = setup()
  const [producer, eager, lazy] = [
    await push({ dispatcher: broadcastDispatcher() }),
    await manual(),
    await manual(),
  ]
  await GenStage.subscribe(eager, producer)
  await GenStage.subscribe(lazy, producer)
  await eager.call.ask(10)
  await producer.call.push([1])
  await settle()
  expect(await eager.call.got()).toEqual([])
  await lazy.call.ask(1)
  await settle()
  expect(await eager.call.got()).toEqual([1])
})

test('broadcast: the same process twice is cancelled as already_subscribed', async () => {
  const { push, collector } = setup()
  const [producer, consumer] = [await push({ dispatcher: broadcastDispatcher() }), await collector()]
  await GenStage.subscribe(consumer, producer, { maxDemand: 1, cancel: 'temporary' })
  await GenStage.subscribe(consumer, producer, { maxDemand: 1, cancel: 'temporary' })
  await settle()
  expect(await consumer.call.cancels()).toEqual(['producer cancel already_subscribed'])
})

test('broadcast: a selector filters, and what it left out costs no demand', async () => {
  const { push, collector } = setup()
  const [producer, consumer] = [await push({ dispatcher: broadcastDispatcher() }), await collector()]
  await GenStage.subscribe(consumer, producer, { maxDemand: 2, minDemand: 0, selector: (event) => event > 2 })
  for (const event of [1, 2, 3, 4]) await producer.call.push([event])
  await settle()
  expect((await consumer.call.batches()).flat()).toEqual([3, 4])
})

test('partitions: each consumer gets its own events in order', async () => {
  const { push, manual } = setup()
  const dispatcher = partitionDispatcher<number>({
    partitions: ['even', 'odd'],
    hash: (n) => (n % 2 ? 'odd' : 'even'),
  })
  const [producer, even, odd] = [await push({ dispatcher }), await manual(), await manual()]
  await GenStage.subscribe(even, producer, { partition: 'even' })
  await GenStage.subscribe(odd, producer, { partition: 'odd' })
  await even.call.ask(4)
  await odd.call.ask(1)
  await producer.call.push([1, 2, 3, 4, 5, 6])
  await settle()
  expect(await even.call.got()).toEqual([2, 4])
  expect(await odd.call.got()).toEqual([1])
  await odd.call.ask(5)
  await settle()
  expect(await even.call.got()).toEqual([2, 4, 6])
  expect(await odd.call.got()).toEqual([1, 3, 5])
})

test('partitions: an event of an unknown partition ends the producer', async () => {
  const { runtime, reports, push, manual } = setup()
  const producer = await push({
    dispatcher: partitionDispatcher<number>({ partitions: [0, 1], hash: (n) => n }),
  })
  const consumer = await manual()
  await GenStage.subscribe(consumer, producer, { partition: 0, cancel: 'temporary' })
  await consumer.call.ask(1)
  const { pid } = producer
  await expect(producer.call.push([7])).rejects.toMatchObject({ kind: 'exit' })
  expect(runtime.isAlive(pid)).toBe(false)
  expect(reports[0]?.reason).toMatchObject({ message: 'there is no partition 7' })
})

const CLEAN = { shutdown: 'done' }
test.each<[CancelMode, ExitReason, boolean]>([
  ['permanent', 'normal', false],
  ['permanent', CLEAN, false],
  ['permanent', 'oops', false],
  ['transient', 'normal', true],
  ['transient', CLEAN, true],
  ['transient', 'oops', false],
  ['temporary', 'normal', true],
  ['temporary', CLEAN, true],
  ['temporary', 'oops', true],
])('%s, producer ends with %j: the consumer stays: %j', async (cancel, reason, stays) => {
  const { runtime, push, collector } = setup()
  const [producer, consumer] = [await push(), await collector()]
  await GenStage.subscribe(consumer, producer, { cancel })
  const { pid } = consumer
  const probe = await startProbe(runtime)
  probe.ctx.monitor(pid)
  producer.cast.fail(reason)
  await settle()
  expect(runtime.isAlive(pid)).toBe(stays)
  expect(probe.messages).toMatchObject(stays ? [] : [{ type: 'DOWN', reason }])
})

test.each(['name', 'pid'])(
  'nobody behind a %s: permanent and transient exit noproc, temporary goes on',
  async (by) => {
    const { runtime, push, collector } = setup()
    const gone = await push()
    const producer = by === 'name' ? Push.at('nobody', runtime) : gone
    await gone.stop()
    const [patient, eager] = [await collector(), await collector()]
    expect(await GenStage.subscribe(patient, producer, { cancel: 'temporary' })).toMatchObject({ ok: true })
    expect(await patient.call.cancels()).toEqual(by === 'name' ? [] : ['producer down noproc'])
    const { pid } = eager
    await GenStage.subscribe(eager, producer, { cancel: 'transient' })
    await settle()
    expect(runtime.isAlive(pid)).toBe(false)
    expect(runtime.isAlive(patient.pid)).toBe(true)
  },
)

test('events returned from a call are on their way before the reply is', async () => {
  const { runtime, push } = setup()
  const producer = await push()
  const order: string[] = []
  const Noting = defineConsumer({
    name: 'noting',
    init: () => 0,
    handleEvents(state, events: readonly number[]) {
      order.push(`events ${events.join()}`)
      return noreply(state)
    },
    calls: {
      async relay(state) {
        order.push('relay')
        return reply('relayed', state)
      },
    },
  })
  const consumer = await Noting.start(undefined, { runtime })
  await GenStage.subscribe(consumer, producer)
  const relayed = producer.call.push([1]).then(() => consumer.call.relay())
  await relayed
  expect(order).toEqual(['events 1', 'relay'])
})

test('an async info keeps its place behind buffered events', async () => {
  const { push, manual } = setup()
  const [producer, consumer] = [await push(), await manual()]
  await producer.call.push([1, 2])
  GenStage.asyncInfo(producer, 'behind')
  await settle()
  expect((await producer.call.seen()).infos).toEqual([])
  await GenStage.subscribe(consumer, producer)
  await consumer.call.ask(1)
  await settle()
  expect((await producer.call.seen()).infos).toEqual([])
  await consumer.call.ask(1)
  await settle()
  expect((await producer.call.seen()).infos).toEqual(['behind'])
})

test('a sync info to a stage that holds nothing arrives at once', async () => {
  const { push } = setup()
  const producer = await push()
  await GenStage.syncInfo(producer, 'now')
  expect((await producer.call.seen()).infos).toEqual(['now'])
})

test('accumulated demand is handed over in order when forwarded', async () => {
  const { push, manual } = setup()
  const [producer, consumer] = [await push({ demand: 'accumulate' }), await manual()]
  await GenStage.subscribe(consumer, producer)
  await consumer.call.ask(2)
  await consumer.call.ask(3)
  await settle()
  expect((await producer.call.seen()).demands).toEqual([])
  const forward: DemandMode = 'forward'
  GenStage.demand(producer, forward)
  expect((await producer.call.seen()).demands).toEqual([2, 3])
  GenStage.demand(producer, 'accumulate')
  await consumer.call.ask(4)
  await settle()
  expect((await producer.call.seen()).demands).toEqual([2, 3])
})

test('a manual subscription gets what it asks for, and nothing before', async () => {
  const { counter, manual } = setup()
  const [producer, consumer] = [await counter(), await manual()]
  await GenStage.subscribe(consumer, producer)
  await settle()
  expect(await consumer.call.got()).toEqual([])
  await consumer.call.ask(3)
  await settle()
  expect(await consumer.call.got()).toEqual([0, 1, 2])
})

test('an ask for less than nothing is an error that names the value', async () => {
  const { counter, manual } = setup()
  const [producer, consumer] = [await counter(), await manual()]
  await GenStage.subscribe(consumer, producer)
  await expect(consumer.call.ask(-1)).rejects.toMatchObject({
    reason: { message: 'ask: expected count to be an integer of 0 or more, got: -1' },
  })
})

test('a consumer may leave; its cancel mode says what becomes of it', async () => {
  const { runtime, push, manual } = setup()
  const [producer, staying, leaving] = [await push(), await manual(), await manual()]
  await GenStage.subscribe(staying, producer, { cancel: 'temporary' })
  await GenStage.subscribe(leaving, producer)
  const [stays, leaves] = [staying.pid, leaving.pid]
  await staying.call.leave('bye')
  await leaving.call.leave('shutdown')
  await settle()
  expect([runtime.isAlive(stays), runtime.isAlive(leaves)]).toEqual([true, false])
})

test('resubscribe replaces a subscription without a gap', async () => {
  const { push, collector } = setup()
  const [producer, consumer] = [await push(), await collector()]
  const first = await GenStage.subscribe(consumer, producer, { maxDemand: 1, cancel: 'temporary' })
  if (!first.ok || !first.value) throw new Error('not subscribed')
  const old = { ref: first.value.ref, reason: 'moving' }
  const second = await GenStage.resubscribe(consumer, producer, old, { maxDemand: 2, cancel: 'temporary' })
  expect(second.ok && second.value?.ref).not.toBe(first.value.ref)
  await settle()
  expect(await consumer.call.cancels()).toEqual(['producer cancel moving'])
  await producer.call.push([1, 2])
  await settle()
  expect((await consumer.call.batches()).flat()).toEqual([1, 2])
})

test('a consumer that produces is told so, and the events are dropped', async () => {
  const { runtime, push } = setup()
  const Confused = defineConsumer({
    name: 'confused',
    init: () => 0,
    handleEvents: (state, events: readonly number[]) => produce(events, state),
  })
  const [producer, consumer] = [await push(), await Confused.start(undefined, { runtime })]
  const misuses = await heard(StageMisused, async () => {
    await GenStage.subscribe(consumer, producer)
    await producer.call.push([1])
    await settle()
  })
  expect(misuses[0]).toMatchObject({ problem: 'a consumer cannot produce; 1 events are dropped' })
})

test('a producer that sends more than was asked for is reported, and nothing is lost', async () => {
  const { runtime, collector } = setup()
  const consumer = await collector()
  const fake = await startProbe(runtime)
  const excess = await heard(EventsInExcess, async () => {
    const producer = Push.at(fake.pid, runtime)
    const subscription = await GenStage.subscribe(consumer, producer, { maxDemand: 2, minDemand: 0 })
    const ref = subscription.ok ? subscription.value?.ref : ''
    fake.ctx.send(consumer, { type: '$events', from: { pid: fake.pid, ref }, events: [1, 2, 3] })
    await settle()
  })
  expect(excess).toMatchObject([{ excess: 1, stage: 'collector' }])
  expect((await consumer.call.batches()).flat()).toEqual([1, 2, 3])
})

test('asks and events of unknown subscriptions are answered with a cancel', async () => {
  const { runtime, push, collector } = setup()
  const [producer, consumer, stranger] = [await push(), await collector(), await startProbe(runtime)]
  const from = { pid: stranger.pid, ref: 'unheard' }
  stranger.ctx.send(producer, { type: '$ask', from, count: 1 })
  stranger.ctx.send(consumer, { type: '$events', from, events: [1] })
  await settle()
  expect(stranger.messages).toMatchObject([
    { type: '$cancel', by: 'producer', reason: 'unknown_subscription' },
    { type: '$cancel', by: 'consumer', reason: 'unknown_subscription' },
  ])
})

test('handleSubscribe may end the stage, and an unknown answer is a bad return value', async () => {
  const { runtime, reports, push } = setup()
  const producer = await push()
  const refusing = (answer: () => unknown) =>
    defineConsumer({
      name: 'refusing',
      init: () => 0,
      handleSubscribe: () => answer() as ReturnType<typeof automatic<number>>,
      handleEvents: (state, _events: readonly number[]) => noreply(state),
    }).start(undefined, { runtime })
  const stopping = await refusing(() => stop('no_thanks', 0))
  await expect(GenStage.subscribe(stopping, producer)).rejects.toMatchObject({ reason: 'no_thanks' })
  const odd = await refusing(() => 'perhaps')
  await expect(GenStage.subscribe(odd, producer)).rejects.toMatchObject({
    reason: { bad_return_value: 'perhaps' },
  })
  expect(reports.map(({ module }) => module)).toEqual(['refusing', 'refusing'])
})

/** Doubles each event; asks upstream only as far as it is asked. */
const Doubler = defineProducerConsumer({
  name: 'doubler',
  init: () => ({ infos: [] as readonly unknown[] }),
  handleEvents: (state, events: readonly number[]) =>
    produce(
      events.flatMap((event) => [event, event]),
      state,
    ),
  handleCancel: (state, { role }) => noreply({ infos: [...state.infos, `${role} gone`] }),
  calls: { infos: (state) => reply(state.infos, state) },
  info: (state, message) => noreply({ infos: [...state.infos, message] }),
})

test('a producer-consumer works on demand only, and keeps what was not asked for', async () => {
  const { runtime, counter, manual } = setup()
  const [producer, middle, consumer] = [
    await counter(),
    await Doubler.start(undefined, { runtime }),
    await manual(),
  ]
  await GenStage.subscribe(middle, producer, { maxDemand: 4, minDemand: 0 })
  await settle()
  expect(await producer.call.demands()).toEqual([4])
  await GenStage.subscribe(consumer, middle)
  await consumer.call.ask(3)
  await settle()
  expect(await consumer.call.got()).toEqual([0, 0, 1])
  expect(await GenStage.estimateBufferedCount(middle)).toBe(5)
  expect(await producer.call.demands()).toEqual([4, 4])
  await consumer.call.ask(6)
  await settle()
  expect(await consumer.call.got()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4])
})

test('a producer-consumer handles the deliveries it has before the end of their producer', async () => {
  const { runtime, counter, manual } = setup()
  const [producer, middle, consumer] = [
    await counter(),
    await Doubler.start(undefined, { runtime }),
    await manual(),
  ]
  await GenStage.subscribe(middle, producer, { maxDemand: 2, minDemand: 0, cancel: 'temporary' })
  await settle()
  GenStage.asyncInfo(middle, 'behind the delivery')
  producer.cast.fail('shutdown')
  await settle()
  expect(await middle.call.infos()).toEqual([])
  await GenStage.subscribe(consumer, middle)
  await consumer.call.ask(4)
  await settle()
  expect(await consumer.call.got()).toEqual([0, 0, 1, 1])
  expect(await middle.call.infos()).toEqual(['producer gone', 'behind the delivery'].sort().reverse())
})

test('subscribeTo subscribes in order while the stage starts', async () => {
  const { runtime, counter } = setup()
  const producer = await counter()
  const Eager = defineConsumer({
    name: 'eager',
    init: (to: ProducerRef<number>) => ({ to, got: [] as readonly number[] }),
    subscribeTo: ({ to }) => [{ to, maxDemand: 1 }],
    handleEvents(state, events: readonly number[]) {
      const got = [...state.got, ...events]
      return got.length < 3 ? noreply({ ...state, got }) : stop('shutdown', state)
    },
  })
  const { pid } = await Eager.start(producer, { runtime })
  await settle()
  expect(runtime.isAlive(pid)).toBe(false)
  expect((await producer.call.demands()).length).toBeGreaterThanOrEqual(3)
})

test('a stage that crashes takes its linked starter along, like any process', async () => {
  const { runtime, reports } = setup()
  const Crashing = defineProducer({
    name: 'crashing',
    init: () => 0,
    handleDemand: () => {
      throw new Error('no more')
    },
  })
  const probe = await startProbe(runtime, { trap: true })
  const producer = await Crashing.startLink(undefined, { runtime, parent: probe.pid })
  const consumer = await Manual.start(undefined, { runtime })
  await GenStage.subscribe(consumer, producer, { cancel: 'temporary' })
  await consumer.call.ask(1)
  await settle()
  expect(probe.messages).toMatchObject([{ type: 'EXIT', reason: { message: 'no more' } }])
  expect(reports).toMatchObject([{ kind: 'server_crash', module: 'crashing', state: 0 }])
})
