import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullBucket, isFull, limitProblem, refilled, reserve, type TokenBucket, take } from './index.ts'

const limit = { allowed: 10, intervalMs: 1_000 }

test('a full bucket grants its burst at once, then one by one as it refills', () => {
  let bucket = fullBucket({ ...limit, burst: 2 }, 0)
  const waits = [0, 0, 0, 50, 100].map((nowMs) => {
    const drawn = take(bucket, { ...limit, burst: 2 }, nowMs)
    bucket = drawn.bucket
    return drawn.waitMs
  })
  expect(waits).toEqual([0, 0, 100, 50, 0])
})

test('a rest never fills it beyond its burst', () => {
  expect(refilled({ tokens: 0, atMs: 0 }, limit, 1e9).tokens).toBe(10)
  expect(refilled({ tokens: 0, atMs: 0 }, { ...limit, burst: 3 }, 1e9).tokens).toBe(3)
})

test('reservations line up, each with its own moment', () => {
  let bucket: TokenBucket = { tokens: 1, atMs: 0 }
  const waits = [1, 2, 3].map(() => {
    const drawn = reserve(bucket, limit, 0)
    bucket = drawn.bucket
    return drawn.waitMs
  })
  expect(waits).toEqual([0, 100, 200])
})

test('a cost above the burst can be reserved, and is paid off before anybody else goes', () => {
  const drawn = reserve(fullBucket(limit, 0), limit, 0, 25)
  expect(drawn.waitMs).toBe(1_500)
  expect(reserve(drawn.bucket, limit, 1_500).waitMs).toBe(100)
})

test('a clock that goes back stands still', () => {
  expect(refilled({ tokens: 1, atMs: 500 }, limit, 100)).toEqual({ tokens: 1, atMs: 500 })
})

test('a bucket that is full again says nothing new', () => {
  const { bucket } = take(fullBucket(limit, 0), limit, 0)
  expect([99, 100].map((nowMs) => isFull(bucket, limit, nowMs))).toEqual([false, true])
})

test('what cannot be a limit is named', () => {
  expect(limitProblem(limit)).toBeUndefined()
  expect(limitProblem({ ...limit, intervalMs: 0 })).toContain('intervalMs')
  expect(limitProblem({ ...limit, allowed: Number.NaN })).toContain('allowed')
})

test('in any span of time no more get through than the burst and what flowed in', () => {
  const runs = fc.record({
    allowed: fc.integer({ min: 1, max: 50 }),
    intervalMs: fc.integer({ min: 1, max: 5_000 }),
    burst: fc.integer({ min: 1, max: 60 }),
    pauses: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 120 }),
    reserving: fc.boolean(),
  })
  fc.assert(
    fc.property(runs, ({ pauses, reserving, ...rate }) => {
      let bucket = fullBucket(rate, 0)
      let nowMs = 0
      const goneMs: number[] = []
      for (const pauseMs of pauses) {
        nowMs += pauseMs
        const drawn = reserving ? reserve(bucket, rate, nowMs) : take(bucket, rate, nowMs)
        bucket = drawn.bucket
        if (reserving) goneMs.push(nowMs + drawn.waitMs)
        else if (drawn.waitMs === 0) goneMs.push(nowMs)
      }
      for (const [from, startMs] of goneMs.entries()) {
        for (const [to, endMs] of goneMs.entries()) {
          const flowed = ((endMs - startMs) * rate.allowed) / rate.intervalMs
          if (to >= from) expect(to - from + 1).toBeLessThanOrEqual(rate.burst + flowed + 1e-6)
        }
      }
    }),
    { seed: 11, numRuns: 60 },
  )
})
