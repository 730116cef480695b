import fc from 'fast-check'
import { expect, test } from 'vitest'
import { virtualClock } from '../testing/index.ts'
import { Deadline, TimerWheel } from './timer-wheel.ts'

test('property: every entry fires at its own millisecond, in order, unless it was removed', async () => {
  const delays = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.boolean()), {
    minLength: 1,
    maxLength: 15,
  })
  await fc.assert(
    fc.asyncProperty(delays, async (wanted) => {
      const clock = virtualClock()
      const wheel = new TimerWheel(clock, false)
      const fired: number[] = []
      const entries = wanted.map(([delayMs]) => {
        const entry = new Deadline(() => fired.push(clock.monotonicMs()))
        wheel.add(entry, delayMs)
        return entry
      })
      wanted.forEach(([, removed], index) => {
        if (removed) expect(wheel.remove(entries[index] as Deadline)).toBe(true)
      })
      await clock.advance(40_000)
      const left = wanted.filter(([, removed]) => !removed).map(([delayMs]) => delayMs)
      expect(fired).toEqual(left.sort((a, b) => a - b))
      expect(wheel.size).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('entries due at the same moment fire in the order they were added', async () => {
  const clock = virtualClock()
  const wheel = new TimerWheel(clock, false)
  const fired: number[] = []
  for (let n = 0; n < 5; n++) wheel.add(new Deadline(() => fired.push(n)), 100)
  await clock.advance(100)
  expect(fired).toEqual([0, 1, 2, 3, 4])
})

test('an entry may remove another one that is due with it, and start itself anew', async () => {
  const clock = virtualClock()
  const wheel = new TimerWheel(clock, false)
  const fired: string[] = []
  const victim = new Deadline(() => fired.push('victim'))
  const again: Deadline = new Deadline(() => {
    fired.push('again')
    wheel.remove(victim)
    if (fired.length < 3) wheel.add(again, 0)
  })
  wheel.add(again, 10)
  wheel.add(victim, 10)
  await clock.advance(10)
  expect(fired).toEqual(['again', 'again', 'again'])
  expect(clock.pending).toBe(0)
})

test('one timer of the clock serves all, and is let go when nothing waits', () => {
  const clock = virtualClock()
  const wheel = new TimerWheel(clock, false)
  const entries = [300, 100, 200].map((delayMs) => {
    const entry = new Deadline(() => {})
    wheel.add(entry, delayMs)
    return entry
  })
  expect(clock.pending).toBe(1)
  for (const entry of entries) expect([wheel.remove(entry), wheel.remove(entry)]).toEqual([true, false])
  expect(clock.pending).toBe(1)
  wheel.rest()
  expect(clock.pending).toBe(0)
})
