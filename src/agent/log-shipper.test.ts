import { expect, test } from 'vitest'
import type { NewLogLine } from '../contract/index.ts'
import type { Clock } from '../kernel/index.ts'
import { LogShipper } from './log-shipper.ts'

const line = (message: string): NewLogLine => ({ level: 'info', message })
const texts = (lines: readonly NewLogLine[]): string[] => lines.map(({ message }) => message)

/** A shipper whose timer and whose deliveries the test lets go by hand. */
function setup(options: { heldMax?: number } = {}) {
  const timers: (() => void)[] = []
  const batches: string[][] = []
  const answers: { resolve(): void; reject(cause: Error): void }[] = []
  const clock: Pick<Clock, 'after'> = {
    after(_delayMs, fire) {
      timers.push(fire)
      return { cancel: () => timers.splice(timers.indexOf(fire), 1) }
    },
  }
  const shipper = new LogShipper({
    clock: clock as Clock,
    batchMax: 3,
    batchMs: 250,
    heldMax: options.heldMax ?? 10_000,
    send: (lines) => {
      batches.push(texts(lines))
      return new Promise((resolve, reject) => answers.push({ resolve, reject }))
    },
  })
  return { shipper, timers, batches, answers }
}

/** Lets every promise that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a line waits for company until the timer fires', async () => {
  const { shipper, timers, batches } = setup()
  await shipper.push(line('a'))
  await shipper.push(line('b'))
  await settled()
  expect(batches).toEqual([])
  timers[0]?.()
  await settled()
  expect(batches).toEqual([['a', 'b']])
})

test('a full batch leaves at once, and the next only when it has arrived', async () => {
  const { shipper, batches, answers } = setup()
  for (const text of 'abcdefg') await shipper.push(line(text))
  await settled()
  expect(batches).toEqual([['a', 'b', 'c']])
  answers[0]?.resolve()
  await settled()
  expect(batches).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
  ])
})

test('a flush sends what is there and waits for it', async () => {
  const { shipper, batches, answers } = setup()
  for (const text of 'abcd') await shipper.push(line(text))
  let flushed = false
  const flush = shipper.flush().then(() => {
    flushed = true
  })
  await settled()
  answers[0]?.resolve()
  await settled()
  expect(batches).toEqual([['a', 'b', 'c'], ['d']])
  expect(flushed).toBe(false)
  answers[1]?.resolve()
  await flush
})

test('whoever pushes beyond the limit waits until there is room', async () => {
  const { shipper, batches, answers } = setup({ heldMax: 200 })
  let pushed = 0
  const pushing = (async () => {
    for (; pushed < 10; pushed += 1) await shipper.push(line('x'))
  })()
  await settled()
  expect(pushed).toBeLessThan(5)
  while (pushed < 10) {
    answers.at(-1)?.resolve()
    await settled()
  }
  await pushing
  answers.at(-1)?.resolve()
  expect(batches.flat().length).toBeLessThanOrEqual(10)
})

test('after a refusal lines are dropped and nobody waits', async () => {
  const { shipper, batches, answers } = setup({ heldMax: 200 })
  const pushing = Promise.all(Array.from('abcdefgh', (text) => shipper.push(line(text))))
  await settled()
  answers[0]?.reject(new Error('lease_lost'))
  await pushing
  await shipper.push(line('late'))
  await shipper.flush()
  expect(batches).toEqual([['a', 'b', 'c']])
})
