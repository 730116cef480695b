import { expect, test } from 'vitest'
import { settle, virtualClock } from './index.ts'

test('timers fire in order, each at its own moment, with what follows from one before the next', async () => {
  const clock = virtualClock(1_000)
  const seen: string[] = []
  const note = (what: string): void => void seen.push(`${what} ${clock.nowMs()}`)
  clock.after(20, () => note('late'))
  clock.after(10, () => {
    note('early')
    clock.after(5, () => note('follow-up'))
  })
  await clock.advance(30)
  expect(seen).toEqual(['early 1010', 'follow-up 1015', 'late 1020'])
  expect([clock.nowMs(), clock.monotonicMs(), clock.pending]).toEqual([1_030, 30, 0])
})

test('a cancelled timer does not fire', async () => {
  const clock = virtualClock()
  const timer = clock.after(10, () => expect.fail('fired'))
  timer.cancel()
  timer.cancel()
  await clock.advance(10)
})

test('settle waits for chains of promises', async () => {
  let steps = 0
  void (async () => {
    while (steps < 1_000) await Promise.resolve(steps++)
  })()
  await settle()
  expect(steps).toBe(1_000)
})
