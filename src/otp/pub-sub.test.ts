import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../testing/index.ts'
import { type Dispatcher, PubSub, type PubSubAdapter, Supervisor } from './index.ts'

const setup = async () => {
  const world = testRuntime()
  const { runtime } = world
  await Supervisor.startLink(
    { strategy: 'one_for_one', children: [PubSub.child({ name: 'bus' })] },
    { runtime },
  )
  const one = await startProbe(runtime)
  const two = await startProbe(runtime)
  return { ...world, one, two }
}

test('a message reaches every subscriber of its topic, in order', async () => {
  const { runtime, one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.subscribe(two.ctx, 'bus', 'news')
  PubSub.subscribe(two.ctx, 'bus', 'other')
  PubSub.broadcast('bus', 'news', 1, runtime)
  PubSub.broadcast('bus', 'other', 2, runtime)
  PubSub.broadcast('bus', 'nobody', 3, runtime)
  await settle()
  expect([one.messages, two.messages]).toEqual([[1], [1, 2]])
})

test('who subscribes twice gets two copies; unsubscribing ends both', async () => {
  const { runtime, one } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.broadcast('bus', 'news', 1, runtime)
  await settle()
  PubSub.unsubscribe(one.ctx, 'bus', 'news')
  PubSub.broadcast('bus', 'news', 2, runtime)
  await settle()
  expect(one.messages).toEqual([1, 1])
})

test('broadcastFrom leaves the sender out', async () => {
  const { one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.subscribe(two.ctx, 'bus', 'news')
  PubSub.broadcastFrom(one.ctx, 'bus', 'news', 1)
  await settle()
  expect([one.messages, two.messages]).toEqual([[], [1]])
})

test('a dead subscriber is gone', async () => {
  const { runtime, one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.subscribe(two.ctx, 'bus', 'news')
  runtime.exit(one.pid, 'boom')
  PubSub.broadcast('bus', 'news', 1, runtime)
  await settle()
  expect(two.messages).toEqual([1])
})

test('when the bus crashes its subscribers fall with it, and the new one starts empty', async () => {
  const { runtime, one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  for (const pid of runtime.processes()) {
    if (runtime.processInfo(pid)?.module === 'registry') runtime.exit(pid, 'kill')
  }
  await settle()
  expect([one, two].map(({ pid }) => runtime.isAlive(pid))).toEqual([false, true])
  PubSub.subscribe(two.ctx, 'bus', 'news')
  PubSub.broadcast('bus', 'news', 'again', runtime)
  await settle()
  expect(two.messages).toEqual(['again'])
})

test("a dispatcher of one's own sees the metadata of each subscription, and the sender", async () => {
  const { runtime, one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news', 'loud')
  PubSub.subscribe(two.ctx, 'bus', 'news')
  const seen: unknown[] = []
  const dispatcher: Dispatcher = (subscribers, from, message) => {
    for (const { pid, value } of subscribers) if (pid !== from) seen.push([pid, value, message])
  }
  PubSub.broadcast('bus', 'news', 1, runtime, dispatcher)
  PubSub.broadcastFrom(two.ctx, 'bus', 'news', 2, dispatcher)
  await settle()
  expect(seen).toEqual([
    [one.pid, 'loud', 1],
    [two.pid, undefined, 1],
    [one.pid, 'loud', 2],
  ])
  expect([one.messages, two.messages]).toEqual([[], []])
})

test('without other nodes there is this one, called local', async () => {
  const { runtime, one, two } = await setup()
  PubSub.subscribe(one.ctx, 'bus', 'news')
  PubSub.directBroadcast('local', 'bus', 'news', 1, runtime)
  PubSub.localBroadcast('bus', 'news', 2, runtime)
  PubSub.localBroadcastFrom(one.ctx, 'bus', 'news', 3)
  PubSub.localBroadcastFrom(two.ctx, 'bus', 'news', 4)
  await settle()
  expect(one.messages).toEqual([1, 2, 4])
  expect(() => PubSub.directBroadcast('far', 'bus', 'news', 5, runtime)).toThrow('knows no node "far"')
})

test('an adapter carries what is not local to the other nodes', async () => {
  const { runtime, one } = await setup()
  const sent: unknown[] = []
  const adapter: PubSubAdapter = {
    node: 'here',
    broadcast: (...what) => sent.push(['all', ...what]),
    direct: (...what) => sent.push(['one', ...what]),
  }
  const children = [PubSub.child({ name: 'wide', adapter, partitions: 3 })]
  await Supervisor.startLink({ strategy: 'one_for_one', children }, { runtime })
  PubSub.subscribe(one.ctx, 'wide', 'news')
  PubSub.broadcast('wide', 'news', 1, runtime)
  PubSub.broadcastFrom(one.ctx, 'wide', 'news', 2)
  PubSub.localBroadcast('wide', 'news', 3, runtime)
  PubSub.directBroadcast('here', 'wide', 'news', 4, runtime)
  PubSub.directBroadcast('there', 'wide', 'news', 5, runtime)
  await settle()
  expect(one.messages).toEqual([1, 3, 4])
  expect(sent).toEqual([
    ['all', 'wide', 'news', 1],
    ['all', 'wide', 'news', 2],
    ['one', 'there', 'wide', 'news', 5],
  ])
})
