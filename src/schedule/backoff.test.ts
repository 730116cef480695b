import { expect, test } from 'vitest'
import { backoffMs } from './index.ts'

const policy = { initialMs: 100, maxMs: 1_000 }

test('pauses double up to the longest', () => {
  expect([1, 2, 3, 4, 5, 50, 5_000].map((failures) => backoffMs(policy, failures, 0))).toEqual([
    100, 200, 400, 800, 1_000, 1_000, 1_000,
  ])
})

test('chance takes off up to the jitter part', () => {
  expect(backoffMs(policy, 1, 0.999_999)).toBe(50)
  expect(backoffMs({ ...policy, jitter: 0 }, 1, 0.9)).toBe(100)
  expect(backoffMs({ ...policy, jitter: 1 }, 2, 0.5)).toBe(100)
})

test('the factor is ours to choose', () => {
  expect([1, 2, 3].map((failures) => backoffMs({ ...policy, factor: 3 }, failures, 0))).toEqual([
    100, 300, 900,
  ])
})
