import { expect, test } from 'vitest'
import { type Waiter, waitingRoom } from './waiting-room.ts'

const waiter = (id: string, platforms: readonly string[] = [], ticket = 'first') => ({
  ticket,
  worker: { id, platforms, leaseMs: null },
  poll: undefined,
})
const setup = (...waiters: readonly ReturnType<typeof waiter>[]) => {
  const room = waitingRoom<undefined>()
  for (const each of waiters) room.enter(each)
  return room
}
const ids = (batch: readonly Waiter<undefined>[]) => batch.map(({ worker }) => worker.id)

test('polls are served in the order they came', () => {
  expect(ids(setup(waiter('b'), waiter('a'), waiter('c')).nextBatch(2))).toEqual(['b', 'a'])
})

test('a batch holds polls with the same wishes, those of the longest hungry one', () => {
  const room = setup(waiter('a', ['ios', 'linux']), waiter('b'), waiter('c', ['linux', 'ios']))
  expect(ids(room.nextBatch(9))).toEqual(['a', 'c'])
})

test('a calmed poll is in no batch until a build it takes wakes it', () => {
  const [linux, any] = [waiter('linux', ['linux']), waiter('any')]
  const room = setup(linux, any)
  room.calm(linux)
  room.calm(any)
  expect(room.anyHungry).toBe(false)
  room.wake('ios')
  expect(ids(room.nextBatch(9))).toEqual(['any'])
  room.wake()
  expect(ids(room.nextBatch(9))).toEqual(['any'])
  room.calm(any)
  expect(ids(room.nextBatch(9))).toEqual(['linux'])
})

test('a worker that polls again replaces its earlier poll and queues behind', () => {
  const room = setup(waiter('a'), waiter('b'))
  expect(room.enter(waiter('a', [], 'second'))?.ticket).toBe('first')
  expect(ids(room.nextBatch(9))).toEqual(['b', 'a'])
  expect(room.size).toBe(2)
})

test('the end of an earlier poll does not end its successor', () => {
  const room = setup(waiter('a'))
  room.enter(waiter('a', [], 'second'))
  expect(room.leave('a', 'first')).toBeUndefined()
  expect(room.leave('a', 'second')?.ticket).toBe('second')
  expect(room.anyHungry).toBe(false)
})
