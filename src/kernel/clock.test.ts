import { expect, test } from 'vitest'
import { systemClock } from './index.ts'

test('a timer fires, and a cancelled one does not', async () => {
  const fired: string[] = []
  const cancelled = systemClock.after(1, () => fired.push('cancelled'))
  cancelled.cancel()
  await new Promise<void>((done) => systemClock.after(2, done))
  cancelled.cancel()
  expect(fired).toEqual([])
})

test('a delay longer than a Node timer can hold does not fire at once', async () => {
  let fired = false
  const timer = systemClock.after(2 ** 40, () => {
    fired = true
  })
  await new Promise<void>((done) => systemClock.after(5, done))
  timer.cancel()
  expect(fired).toBe(false)
})

test('monotonic time never goes back', () => {
  const times = Array.from({ length: 100 }, () => systemClock.monotonicMs())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
