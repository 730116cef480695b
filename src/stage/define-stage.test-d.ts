import { expectTypeOf } from 'vitest'
import { noreply, reply } from '../otp/index.ts'
import {
  broadcastDispatcher,
  defineConsumer,
  definePipeline,
  defineProducer,
  defineProducerConsumer,
  GenStage,
  iterableProducer,
  Message,
  messagesFrom,
  type ProducerRef,
  produce,
  replyAndProduce,
} from './index.ts'

const Numbers = defineProducer({
  name: 'numbers',
  init: (start: number) => ({ next: start }),
  options: () => ({ dispatcher: broadcastDispatcher() }),
  handleDemand: (state, demand) => produce([state.next + demand], state),
  calls: {
    next: (state) => reply(state.next, state),
    skip: (state, by: number) => replyAndProduce('skipped', [by], { next: state.next + by }),
  },
})

const Texts = defineProducerConsumer({
  name: 'texts',
  init: () => ({ count: 0 }),
  handleEvents: (state, events: readonly number[]) =>
    produce(events.map(String), { count: state.count + events.length }),
})

const Print = defineConsumer({
  name: 'print',
  init: () => ({ last: '' }),
  handleEvents: (_state, events: readonly string[]) => noreply({ last: events.at(-1) ?? '' }),
  calls: { last: (state) => reply(state.last, state) },
})

/** Only compiled: the types are the test. */
export async function stagesKnowTheirEvents(): Promise<void> {
  const numbers = await Numbers.startLink(1)
  const texts = await Texts.startLink()
  const print = await Print.startLink()
  expectTypeOf(numbers).toExtend<ProducerRef<number>>()
  expectTypeOf(texts).toExtend<ProducerRef<string>>()
  expectTypeOf(numbers.call.skip(2)).toEqualTypeOf<Promise<string>>()
  expectTypeOf(print.call.last()).toEqualTypeOf<Promise<string>>()
  await GenStage.subscribe(texts, numbers, { maxDemand: 10, selector: (n) => n > 1 })
  await GenStage.subscribe(print, texts)
  // @ts-expect-error a consumer of texts cannot take numbers
  await GenStage.subscribe(print, numbers)
  // @ts-expect-error nothing comes out of a consumer
  await GenStage.subscribe(texts, print)
  // @ts-expect-error a producer takes nothing
  await GenStage.subscribe(numbers, texts)
  // @ts-expect-error the selector sees the consumer's events
  await GenStage.subscribe(texts, numbers, { selector: (text: string) => text === '' })
  // @ts-expect-error no such cancel mode
  await GenStage.subscribe(texts, numbers, { cancel: 'never' })
  // @ts-expect-error a consumer has no demand to set
  GenStage.demand(print, 'forward')
  // @ts-expect-error wrong start argument
  await Numbers.startLink('1')
}

defineProducer({
  name: 'bad_state',
  init: () => ({ n: 1 }),
  // @ts-expect-error another state than init makes
  handleDemand: () => produce([1], { m: 1 }),
})

defineConsumer({
  name: 'bad_wish',
  init: () => ({ to: Numbers.at('numbers') }),
  // @ts-expect-error wants numbers to be texts
  subscribeTo: ({ to }) => [{ to }],
  handleEvents: (state, _events: readonly string[]) => noreply(state),
})

const from = () =>
  messagesFrom(
    iterableProducer(() => [1, 2]),
    undefined,
  )

/** A pipeline knows its data from the source to the last batcher. */
export const Sound = definePipeline({
  name: 'sound',
  producer: { from },
  handleMessage(message, prefix: string) {
    expectTypeOf(message.data).toEqualTypeOf<number>()
    if (message.data < 0) return message.failed('negative')
    return message.putData(`${prefix}${message.data}`).putBatcher('store')
  },
  batchers: {
    store: {
      handleBatch(messages, _info, prefix) {
        expectTypeOf(messages[0]?.data).toEqualTypeOf<string | undefined>()
        expectTypeOf(prefix).toEqualTypeOf<string>()
        return messages
      },
    },
  },
})
expectTypeOf(Sound.startLink).parameter(0).toEqualTypeOf<string>()

definePipeline({
  name: 'no_such_batcher',
  producer: { from },
  // @ts-expect-error there is no batcher of that name
  handleMessage: (message) => message.putBatcher('shop'),
  batchers: { store: { handleBatch: (messages) => messages } },
})

definePipeline({
  name: 'forgotten_batcher',
  producer: { from },
  // @ts-expect-error with batchers, a message must name one
  handleMessage: (message) => message,
  batchers: { store: { handleBatch: (messages) => messages } },
})

definePipeline({
  name: 'lost_messages',
  producer: { from },
  handleMessage: (message) => message.putBatcher('store'),
  // @ts-expect-error a batch must be returned
  batchers: { store: { handleBatch: () => {} } },
})

const ints = iterableProducer(() => [1])
const fromText = (event: string) => new Message(event)
// @ts-expect-error numbers cannot be transformed as if they were texts
messagesFrom(ints, undefined, fromText)
