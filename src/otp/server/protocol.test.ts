import { expect, test } from 'vitest'
import { settle, testRuntime } from '../../testing/index.ts'
import { implement, noreply, refTo, reply } from '../index.ts'

interface Counting {
  args: number
  calls: { get(): number; ref(): string }
  casts: { inc(by: number): void }
}

const Counter = implement<Counting>()({
  name: 'counter',
  init: (start) => start,
  calls: { get: (s) => reply(s, s), ref: (s) => reply('a method like any other', s) },
  casts: { inc: (s, by) => noreply(s + by) },
})

test('a server made from its contract is a server like any other', async () => {
  const { runtime } = testRuntime()
  await using ref = await Counter.startLink(3, { runtime })
  ref.cast.inc(4)
  expect(await ref.call.get()).toBe(7)
  expect(Object.keys(Counter.handlers as object)).toEqual(['calls', 'casts'])
})

test('whoever knows the contract alone calls and casts by name, over restarts', async () => {
  const { runtime } = testRuntime()
  const ref = refTo<Counting>('counter', runtime)
  await expect(ref.call.get()).rejects.toMatchObject({ kind: 'noproc' })
  await Counter.startLink(3, { runtime, name: 'counter' })
  ref.cast.inc(4)
  expect(await ref.call.get()).toBe(7)
  expect(await ref.call.ref()).toBe('a method like any other')
  const client = await (async () => ref.call)()
  expect(await client.get()).toBe(7)
  await ref.stop()
  await settle()
  expect(ref.whereis()).toBeUndefined()
})
