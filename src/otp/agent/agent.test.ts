import { expect, expectTypeOf, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import { Agent, Supervisor } from '../index.ts'

const setup = async () => {
  const world = testRuntime()
  const probe = await startProbe(world.runtime, { trap: true })
  const { runtime } = world
  const agent = await Agent.startLink(() => ({ count: 1 }), { runtime, parent: probe.pid, name: 'a' })
  return { ...world, probe, agent }
}

test('an agent is read, changed, and both at once', async () => {
  const { agent, runtime } = await setup()
  const count = await Agent.get(agent, (s) => s.count)
  expectTypeOf(count).toEqualTypeOf<number>()
  await Agent.update(agent, (s) => ({ count: s.count + 1 }))
  expect(await Agent.getAndUpdate(agent, (s) => [s.count, { count: s.count * 10 }])).toBe(2)
  Agent.cast(agent, (s) => ({ count: s.count + 1 }))
  expect(await Agent.get('a', (s: { count: number }) => s.count, { runtime })).toBe(21)
})

test('the function runs inside of the agent: a slow one keeps the next waiting', async () => {
  const { agent } = await setup()
  const seen: string[] = []
  const slow = Agent.update(agent, async (s) => {
    await settle()
    seen.push('slow')
    return s
  })
  const quick = Agent.get(agent, () => seen.push('quick'))
  await Promise.all([slow, quick])
  expect(seen).toEqual(['slow', 'quick'])
})

test('a function that throws ends the agent, its caller and who is linked hear why', async () => {
  const { agent, probe, runtime } = await setup()
  const boom = new Error('boom')
  const failed = Agent.get(agent, () => {
    throw boom
  })
  await expect(failed).rejects.toMatchObject({ kind: 'exit', reason: boom })
  await settle()
  expect(runtime.isAlive(agent.pid)).toBe(false)
  expect(probe.messages).toMatchObject([{ type: 'EXIT', reason: boom }])
})

test('getAndUpdate that returns no pair is a bad return value', async () => {
  const { agent } = await setup()
  const failed = Agent.getAndUpdate(agent, () => 7 as unknown as [number, { count: number }])
  await expect(failed).rejects.toMatchObject({ reason: { bad_return_value: 7 } })
})

test('a supervisor restarts an agent with its first state', async () => {
  const { runtime } = testRuntime()
  const children = [Agent.child(() => 1, { name: 'n' })]
  await Supervisor.startLink({ strategy: 'one_for_one', children }, { runtime })
  await Agent.update('n', (n: number) => n + 1, { runtime })
  Agent.cast('n', () => Promise.reject(new Error('boom')), { runtime })
  await settle()
  expect(await Agent.get('n', (n: number) => n, { runtime })).toBe(1)
})
