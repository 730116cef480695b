import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitBatches } from './batches.ts'
import { storeEvents } from './buffer.ts'
import { EventQueue } from './event-queue.ts'
import { outgoing } from './options.ts'
import { demandOptions } from './subscription.ts'

const queueOf = (...events: number[]) => new EventQueue<number>().add(events)

test('a queue gives back what was added, in order, in any portions', () => {
  const portions = fc.array(fc.oneof(fc.array(fc.integer(), { maxLength: 5 }), fc.nat(7)), { maxLength: 40 })
  fc.assert(
    fc.property(portions, (steps) => {
      const model: number[] = []
      let queue = new EventQueue<number>()
      for (const step of steps) {
        if (typeof step !== 'number') {
          model.push(...step)
          queue = queue.add(step)
          continue
        }
        const taken = queue.take(step)
        expect(taken.events).toEqual(model.splice(0, step))
        queue = taken.queue
      }
      expect(queue.size).toBe(model.length)
    }),
  )
})

test('an older queue is not touched by what is done to a newer one', () => {
  const queue = queueOf(1, 2, 3)
  queue.add([4]).take(2)
  expect(queue.take(9).events).toEqual([1, 2, 3])
})

test('an info stands behind the events that were there before it', () => {
  const queue = queueOf(1, 2).addInfo('i').add([3])
  expect(queue.take(1)).toMatchObject({ events: [1], infos: [] })
  expect(queue.take(2)).toMatchObject({ events: [1, 2], infos: ['i'] })
  expect(queue.take(3)).toMatchObject({ events: [1, 2], infos: ['i'] })
  expect(queue.take(3).queue.take(3)).toMatchObject({ events: [3], infos: [] })
})

test('a full buffer keeps the last events and counts what it dropped', () => {
  const stored = storeEvents(queueOf(1, 2, 3), [4, 5], { size: 3, keep: 'last' })
  expect(stored.discarded).toBe(2)
  expect(stored.queue.take(9).events).toEqual([3, 4, 5])
})

test('a full buffer may keep the first events instead', () => {
  const stored = storeEvents(queueOf(1, 2), [3, 4, 5], { size: 3, keep: 'first' })
  expect(stored.discarded).toBe(2)
  expect(stored.queue.take(9).events).toEqual([1, 2, 3])
})

test('more new events than a whole buffer leave the newest', () => {
  const stored = storeEvents(queueOf(1), [2, 3, 4, 5], { size: 2, keep: 'last' })
  expect(stored.discarded).toBe(3)
  expect(stored.queue.take(9).events).toEqual([4, 5])
})

test('an info is not dropped with the events before it', () => {
  const stored = storeEvents(queueOf(1).addInfo('i').add([2]), [3], { size: 2, keep: 'last' })
  expect(stored).toMatchObject({ discarded: 1, infos: ['i'] })
})

test('a buffer of size 0 keeps nothing', () => {
  expect(storeEvents(queueOf(), [1, 2], { size: 0, keep: 'last' })).toMatchObject({ discarded: 2 })
})

const asks = (max: number, min: number, events: number) => {
  const { batches } = splitBatches([...Array(events).keys()], { max, min, outstanding: max })
  return batches.map((batch) => [batch.events.length, batch.ask])
}

test('(10, 8) is five batches of 2 with five asks of 2', () => {
  expect(asks(10, 8, 10)).toEqual([
    [2, 2],
    [2, 2],
    [2, 2],
    [2, 2],
    [2, 2],
  ])
})

test('(10, 0) is one batch of 10', () => {
  expect(asks(10, 0, 10)).toEqual([[10, 10]])
})

test('(1, 0) is single events', () => {
  expect(asks(1, 0, 1)).toEqual([[1, 1]])
})

test('(1000, 500) asks for 500 after 500', () => {
  expect(asks(1000, 500, 600)).toEqual([
    [500, 500],
    [100, 0],
  ])
})

test('excess is counted, and does not raise demand above the maximum', () => {
  const split = splitBatches([1, 2, 3, 4, 5], { max: 2, min: 0, outstanding: 2 })
  expect(split.excess).toBe(3)
  expect(split.batches.map(({ ask }) => ask)).toEqual([2, 0, 0])
})

test('demand stays between min and max, and asks equal what was handled', () => {
  const window = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(49)).filter(([max, min]) => min < max)
  fc.assert(
    fc.property(window, fc.array(fc.integer({ min: 1, max: 20 })), ([max, min], deliveries) => {
      let outstanding = max
      for (const delivery of deliveries) {
        const events = Array(Math.min(delivery, outstanding)).fill(0)
        const split = splitBatches(events, { max, min, outstanding })
        const asked = split.batches.reduce((sum, { ask }) => sum + ask, 0)
        expect(split.excess).toBe(0)
        expect(split.window.outstanding).toBe(outstanding - events.length + asked)
        expect(split.window.outstanding).toBeGreaterThan(min)
        expect(split.window.outstanding).toBeLessThanOrEqual(max)
        outstanding = split.window.outstanding
      }
    }),
  )
})

test('subscription options name the field and the value they refuse', () => {
  expect(demandOptions({})).toEqual({ ok: true, value: { max: 1000, min: 500, cancel: 'permanent' } })
  expect(demandOptions({ maxDemand: 1 })).toMatchObject({ value: { max: 1, min: 0 } })
  expect(demandOptions({ maxDemand: 0 })).toMatchObject({
    reason: 'bad_opts',
    message: expect.stringContaining('maxDemand'),
  })
  expect(demandOptions({ maxDemand: 5, minDemand: 5 })).toMatchObject({
    message: 'expected minDemand to be an integer from 0 to 4, got: 5',
  })
  expect(demandOptions({ cancel: 'never' as 'permanent' })).toMatchObject({
    message: 'expected cancel to be permanent, transient or temporary, got: never',
  })
})

test('stage options name the field and the value they refuse', () => {
  expect(outgoing({ bufferSize: -1 }, 10)).toMatchObject({ message: expect.stringContaining('bufferSize') })
  expect(outgoing({ bufferKeep: 'all' as 'first' }, 10)).toMatchObject({
    message: expect.stringContaining('got: all'),
  })
  expect(outgoing({ demand: 'later' as 'forward' }, 10)).toMatchObject({
    message: expect.stringContaining('demand'),
  })
})
