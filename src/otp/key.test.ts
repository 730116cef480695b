import { expect, test } from 'vitest'
import { stableHash } from './index.ts'

test('the hash of a key is the same on every machine, for equal keys only', () => {
  expect(stableHash(1)).not.toBe(stableHash('1'))
  expect(stableHash({ a: 1, b: [2] })).toBe(stableHash({ b: [2], a: 1 }))
  expect(stableHash('quorate')).toBe(1_699_573_492)
})
