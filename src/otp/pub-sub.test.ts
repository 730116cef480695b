import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../testing/index.ts'
import { PubSub, Supervisor } from './index.ts'

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
