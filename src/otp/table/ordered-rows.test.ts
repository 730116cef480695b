import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Key } from '../key.ts'
import { compareKeys } from './key-order.ts'
import { OrderedRows } from './ordered-rows.ts'

const keys: fc.Arbitrary<Key> = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: 'small' },
    fc.integer({ min: -20, max: 20 }),
    fc.bigInt({ min: -20n, max: 20n }),
    fc.constantFrom(Number.NaN, 0.5, Number.POSITIVE_INFINITY, true, false, null),
    fc.string({ maxLength: 2 }),
    fc.array(tie('key'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('key')),
  ),
})).key

test('the order of keys is one: it has no loops and takes every key', () => {
  fc.assert(
    fc.property(keys, keys, keys, (a, b, c) => {
      expect(Math.sign(compareKeys(a, b))).toBe(-Math.sign(compareKeys(b, a)) || 0)
      if (compareKeys(a, b) <= 0 && compareKeys(b, c) <= 0) expect(compareKeys(a, c)).toBeLessThanOrEqual(0)
    }),
    { seed: 7 },
  )
})

test('sorted chunks hold what a plain map would, in order, through thousands of changes', () => {
  const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.boolean()), {
    minLength: 4_000,
    maxLength: 6_000,
    size: 'max',
  })
  fc.assert(
    fc.property(changes, (list) => {
      const rows = new OrderedRows<number>()
      const plain = new Set<number>()
      for (const [key, removed] of list) {
        rows.write(key, removed ? [] : [key])
        if (removed) plain.delete(key)
        else plain.add(key)
      }
      const walked: Key[] = []
      for (let entry = rows.first(); entry; entry = rows.after(entry)) walked.push(entry.key)
      const back: Key[] = []
      for (let entry = rows.last(); entry; entry = rows.before(entry)) back.unshift(entry.key)
      expect(walked).toEqual([...plain].sort((a, b) => a - b))
      expect(back).toEqual(walked)
      expect(rows.size).toBe(plain.size)
    }),
    { seed: 7, numRuns: 10 },
  )
})
