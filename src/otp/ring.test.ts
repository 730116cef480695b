import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

const drain = (ring: Ring<number>): readonly (number | undefined)[] =>
  Array.from({ length: ring.length }, () => ring.shift())

test('property: a ring is a queue, whatever is pushed, shifted and taken out', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), n: fc.nat(50) }),
    fc.record({ do: fc.constant('shift' as const), n: fc.nat(0) }),
    fc.record({ do: fc.constant('take' as const), n: fc.nat(50) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ring = new Ring<number>()
      const model: number[] = []
      for (const { do: what, n } of steps) {
        if (what === 'push') {
          ring.push(n)
          model.push(n)
        } else if (what === 'shift') expect(ring.shift()).toBe(model.shift())
        else {
          const place = model.indexOf(n)
          const expected = place < 0 ? undefined : model.splice(place, 1)[0]
          expect(ring.take((item) => item === n)).toBe(expected)
        }
        expect(ring.length).toBe(model.length)
      }
      expect(drain(ring)).toEqual(model)
    }),
  )
})

test('a ring that was very full gives its memory back and works on', () => {
  const ring = new Ring<number>()
  for (let n = 0; n < 100_000; n++) ring.push(n)
  expect(drain(ring)).toHaveLength(100_000)
  expect(ring.at(0)).toBeUndefined()
  ring.push(1)
  expect([ring.at(0), ring.shift(), ring.shift()]).toEqual([1, 1, undefined])
})
