import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noreply, reply } from '../otp/index.ts'
import { settle, testRuntime } from '../testing/index.ts'
import {
  defineConsumer,
  defineProducer,
  GenStage,
  manual,
  type Peer,
  partitionDispatcher,
  produce,
  replyAndProduce,
} from './index.ts'

/** Pushes consecutive numbers, whatever was asked. */
const Source = defineProducer({
  name: 'source',
  init: (partitions: number) => ({ partitions, asked: 0 }),
  options: ({ partitions }) =>
    partitions > 0
      ? { dispatcher: partitionDispatcher<number>({ partitions, hash: (n) => n % partitions }) }
      : {},
  handleDemand: (state, demand) => noreply({ ...state, asked: state.asked + demand }),
  calls: {
    push: (state, events: readonly number[]) => replyAndProduce(undefined, events, state),
    asked: (state) => reply(state.asked, state),
  },
})

interface Life {
  readonly got: number[]
  asked: number
}

const Worker = defineConsumer({
  name: 'worker',
  init: (life: Life) => ({ life, from: undefined as Peer | undefined }),
  handleSubscribe: (state, { peer }) => manual({ ...state, from: peer }),
  handleEvents(state, events: readonly number[]) {
    state.life.got.push(...events)
    return noreply(state)
  },
  calls: {
    ask(state, count: number, ctx) {
      state.life.asked += count
      if (state.from) GenStage.ask(ctx, state.from, count)
      return reply(undefined, state)
    },
    leave(state, _none, ctx) {
      if (state.from) GenStage.cancel(ctx, state.from, 'shutdown')
      return reply(undefined, state)
    },
  },
})

const who = fc.nat(2)
const deed = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('push' as const), count: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('ask' as const), who, count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
)

/** Three places for consumers; a place that falls empty is taken by a new one at its next ask. */
async function live(
  deeds: readonly (typeof deed extends fc.Arbitrary<infer D> ? D : never)[],
  partitions: number,
) {
  const { runtime } = testRuntime()
  const source = await Source.start(partitions, { runtime })
  const lives: Life[] = []
  const places = new Map<number, Awaited<ReturnType<typeof Worker.start>>>()
  let next = 0
  const workerAt = async (place: number) => {
    const known = places.get(place)
    if (known && runtime.isAlive(known.pid)) return known
    const life = { got: [], asked: 0 }
    lives.push(life)
    const worker = await Worker.start(life, { runtime })
    places.set(place, worker)
    await GenStage.subscribe(worker, source, { partition: place, cancel: 'temporary' })
    return worker
  }
  for (const one of deeds) {
    if (one.do === 'push') await source.call.push(Array.from({ length: one.count }, () => next++))
    if (one.do === 'ask') await (await workerAt(one.who)).call.ask(one.count)
    const known = 'who' in one ? places.get(one.who)?.pid : undefined
    const pid = known && runtime.isAlive(known) ? known : undefined
    if (one.do === 'crash' && pid) runtime.exit(pid, 'kill')
    if (one.do === 'leave' && pid) {
      await places.get(one.who)?.call.leave()
      places.delete(one.who)
    }
    await settle()
  }
  for (const place of [0, 1, 2]) await (await workerAt(place)).call.ask(1_000)
  await settle()
  const asked = await source.call.asked()
  await runtime.stop()
  return { lives, next, asked }
}

test.each([
  ['demand', 0],
  ['partition', 3],
])(
  '%s: whoever asks, leaves or crashes, each event is handled once, in order, and only when asked for',
  async (_name, partitions) => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 25 }), async (deeds) => {
        const { lives, next, asked } = await live(deeds, partitions)
        const all = lives.flatMap(({ got }) => got)
        expect(all.toSorted((a, b) => a - b)).toEqual([...Array(next).keys()])
        for (const life of lives) {
          expect(life.got).toEqual(life.got.toSorted((a, b) => a - b))
          expect(life.got.length).toBeLessThanOrEqual(life.asked)
        }
        expect(asked).toBeLessThanOrEqual(lives.reduce((sum, life) => sum + life.asked, 0))
      }),
      { numRuns: 60 },
    )
  },
)

test('a producer is never asked for more than its slowest consumer can take, however long it runs', async () => {
  const { runtime } = testRuntime()
  let made = 0
  let handled = 0
  const Endless = defineProducer({
    name: 'endless',
    init: () => 0,
    handleDemand(state, demand) {
      made += demand
      return produce(new Array<number>(demand).fill(0), state)
    },
  })
  const Slow = defineConsumer({
    name: 'slow',
    init: () => 0,
    async handleEvents(state, events: readonly number[]) {
      await settle()
      handled += events.length
      return noreply(state)
    },
  })
  const [producer, consumer] = [
    await Endless.start(undefined, { runtime }),
    await Slow.start(undefined, { runtime }),
  ]
  await GenStage.subscribe(consumer, producer, { maxDemand: 20, minDemand: 10 })
  for (let turn = 0; turn < 50; turn++) {
    await settle()
    expect(made - handled).toBeLessThanOrEqual(20)
  }
  expect(handled).toBeGreaterThan(100)
  await runtime.stop()
})
