import { type Channel, connect } from 'amqplib'
import { expect, test } from 'vitest'
import { attach, detach } from '../../src/kernel/index.ts'
import { createRuntime } from '../../src/otp/index.ts'
import {
  definePipeline,
  type Message,
  messagesFrom,
  type RabbitProducerOptions,
  rabbitProducer,
  SourceConnected,
} from '../../src/stage/index.ts'
import { testRabbit } from '../support/test-rabbit.ts'

/** Counts what a handler sees, and tells when enough of it came. */
function tally() {
  const seen: string[] = []
  const waiting: { readonly enough: () => boolean; readonly resolve: () => void }[] = []
  return {
    seen,
    see(text: string) {
      seen.push(text)
      for (const one of waiting) if (one.enough()) one.resolve()
    },
    until: (enough: () => boolean) =>
      new Promise<void>((resolve) => {
        waiting.push({ enough, resolve })
        if (enough()) resolve()
      }),
  }
}

interface Setting {
  readonly options: Partial<RabbitProducerOptions> & { readonly url: string }
  readonly handle: (text: string, message: Message<Buffer>) => Message<Buffer> | Promise<Message<Buffer>>
}

const Reading = definePipeline({
  name: 'reading',
  producer: {
    from: ({ options }: Setting) =>
      messagesFrom(
        rabbitProducer({ queue: 'work', declare: { durable: true }, backoffMs: 50, ...options }),
        undefined,
      ),
  },
  processors: { concurrency: 2 },
  handleMessage: (message, { handle }: Setting) => handle(message.data.toString(), message),
  shutdownMs: 10_000,
})

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `m${from + index}`)

/** Publishes and waits until the broker has it safely. */
async function publish(url: string, queue: string, bodies: readonly string[]): Promise<void> {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { persistent: true })
  await channel.waitForConfirms()
  await connection.close()
}

async function durable(url: string, queue: string): Promise<string> {
  await withChannel(url, (channel) => channel.assertQueue(queue, { durable: true }))
  return queue
}

async function withChannel<T>(url: string, use: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url)
  try {
    return await use(await connection.createChannel())
  } finally {
    await connection.close()
  }
}

const waitingIn = (url: string, queue: string) =>
  withChannel(url, async (channel) => (await channel.checkQueue(queue)).messageCount)

test('a queue is read, acknowledged and empty afterwards; failures are given once more, then dead-lettered', async (t) => {
  const { url } = await testRabbit(t)
  await withChannel(url, async (channel) => {
    await channel.assertExchange('dead', 'fanout')
    await channel.assertQueue('dead_letters')
    await channel.bindQueue('dead_letters', 'dead', '')
    await channel.assertQueue('work', { durable: true, deadLetterExchange: 'dead' })
  })
  await publish(url, 'work', [...texts(200), 'poison'])
  const runtime = createRuntime({ logger: () => {} })
  const { see, seen, until } = tally()
  const options = { url, declare: { durable: true, deadLetterExchange: 'dead' }, prefetch: 20 }
  const pipeline = await Reading.startLink(
    {
      options,
      handle(text, message) {
        see(text)
        return text === 'poison' ? message.failed('poison') : message
      },
    },
    { runtime },
  )
  await until(() => seen.length === 202)
  await pipeline.stop()
  expect(new Set(seen)).toEqual(new Set([...texts(200), 'poison']))
  expect(seen.filter((text) => text === 'poison')).toHaveLength(2)
  expect(await waitingIn(url, 'work')).toBe(0)
  expect(await waitingIn(url, 'dead_letters')).toBe(1)
  expect(runtime.processes()).toEqual([])
})

test('a stop in the middle acknowledges what was handled and leaves the rest in the queue', async (t) => {
  const { url } = await testRabbit(t)
  await publish(url, await durable(url, 'work'), texts(100))
  const runtime = createRuntime({ logger: () => {} })
  const { see, seen, until } = tally()
  const setting: Setting = {
    options: { url, prefetch: 10 },
    async handle(text, message) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      see(text)
      return message
    },
  }
  const pipeline = await Reading.startLink(setting, { runtime })
  await until(() => seen.length >= 30)
  await pipeline.stop()
  expect(await waitingIn(url, 'work')).toBe(100 - seen.length)
  expect(new Set(seen).size).toBe(seen.length)
})

test('a killed broker loses nothing: the pipeline connects again and finishes', async (t) => {
  const rabbit = await testRabbit(t)
  await publish(rabbit.url, await durable(rabbit.url, 'work'), texts(300))
  const runtime = createRuntime({ logger: () => {} })
  const { see, seen, until } = tally()
  const connected = tally()
  attach('rabbit.test', SourceConnected, () => connected.see('connected'))
  t.onTestFinished(() => void detach('rabbit.test'))
  let held: () => void = () => {}
  const hold = new Promise<void>((resolve) => {
    held = resolve
  })
  const setting: Setting = {
    options: { url: rabbit.url, prefetch: 10 },
    async handle(text, message) {
      see(text)
      if (seen.length > 50) await hold
      return message
    },
  }
  const pipeline = await Reading.startLink(setting, { runtime })
  await until(() => seen.length > 50)
  await rabbit.restart()
  held()
  await connected.until(() => connected.seen.length === 2)
  await publish(rabbit.url, 'work', texts(50, 300))
  await until(() => new Set(seen).size === 350)
  await pipeline.stop()
  expect(await waitingIn(rabbit.url, 'work')).toBe(0)
})

test('a wrong answer is refused when it is written down, and a missing queue is waited for', async (t) => {
  expect(() => rabbitProducer({ url: '', queue: 'q', onFailure: 'explode' as 'reject' })).toThrow(
    'onFailure must be one of',
  )
  const { url } = await testRabbit(t)
  const runtime = createRuntime({ logger: () => {} })
  const { see, seen, until } = tally()
  const setting: Setting = {
    options: { url, declare: undefined, queue: 'later' },
    handle(text, message) {
      see(text)
      return message
    },
  }
  const pipeline = await Reading.startLink(setting, { runtime })
  await publish(url, await durable(url, 'later'), ['at last'])
  await until(() => seen.length === 1)
  await pipeline.stop()
})
