import { expect, test, vi } from 'vitest'
import { settle, testRuntime } from '../testing/index.ts'
import { createRuntime, defineServer, noreply, reply } from './index.ts'
import { Scheduler } from './scheduler.ts'

const Counter = defineServer({
  name: 'counter',
  init: ({ log, id }: { readonly log: string[]; readonly id: string }) => ({ log, id, count: 0 }),
  calls: { get: (s) => reply(s.count, s) },
  casts: {
    inc: (s) => {
      s.log.push(s.id)
      return noreply({ ...s, count: s.count + 1 })
    },
  },
})

const silent = { turnEnded: () => {}, nobodyRuns: () => {}, watchesSlices: () => false, sliceRan: () => {} }

test('a server with a full mailbox does not keep the others waiting: slices are bounded', async () => {
  const { runtime } = testRuntime()
  const log: string[] = []
  const busy = await Counter.start({ log, id: 'busy' }, { runtime })
  const other = await Counter.start({ log, id: 'other' }, { runtime })
  for (let n = 0; n < 1_000; n++) busy.cast.inc()
  other.cast.inc()
  await settle()
  expect(log.indexOf('other')).toBe(256)
  expect(log).toHaveLength(1_001)
})

test('timers fire while a caller awaits call after call', async () => {
  const runtime = createRuntime()
  const ref = await Counter.start({ log: [], id: 'a' }, { runtime })
  let fired = false
  runtime.clock.after(1, () => {
    fired = true
  })
  while (!fired) await ref.call.get()
  expect(fired).toBe(true)
})

test('timers fire while a server sends itself message after message', async () => {
  const runtime = createRuntime()
  const Spinner = defineServer({
    name: 'spinner',
    init: () => ({}),
    info: {
      spin: (s, _message, ctx) => {
        ctx.send(ctx.self, 'spin')
        return noreply(s)
      },
    },
  })
  const ref = await Spinner.start(undefined, { runtime })
  runtime.send(ref.pid, 'spin')
  await new Promise<void>((resolve) => {
    runtime.clock.after(1, resolve)
  })
  expect(runtime.isAlive(ref.pid)).toBe(true)
  runtime.exit(ref.pid, 'kill')
})

test('when its time is over, the scheduler goes on in the next turn of the event loop', async () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => ({ cancel: () => {} }) }
  const turns: string[] = []
  const scheduler = new Scheduler(clock, { ...silent, turnEnded: () => turns.push('turn') })
  let left = 3
  scheduler.schedule({
    runSlice() {
      nowMs += 8
      for (let n = 0; n < 16; n++) scheduler.spend()
      turns.push('slice')
      return --left > 0
    },
  })
  await settle()
  expect(turns).toEqual(['slice', 'turn', 'slice', 'turn', 'slice'])
})

test('a runtime that is stopped leaves no timer behind', async () => {
  const { runtime, clock } = testRuntime()
  const ref = await Counter.startLink({ log: [], id: 'a' }, { runtime })
  await ref.call.get()
  await runtime.stop()
  expect(clock.pending).toBe(0)
})

test('a slice that throws does not stop the others', async () => {
  const clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => ({ cancel: () => {} }) }
  const scheduler = new Scheduler(clock, silent)
  const uncaught = vi.fn()
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught)
  const other = vi.fn(() => false)
  scheduler.schedule({ runSlice: () => expect.fail('a bug of ours') })
  scheduler.schedule({ runSlice: other })
  await settle()
  process.removeAllListeners('uncaughtException')
  for (const listener of before) process.on('uncaughtException', listener)
  expect(uncaught).toHaveBeenCalledOnce()
  expect(other).toHaveBeenCalledOnce()
})
