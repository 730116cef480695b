import { expect, test } from 'vitest'
import { settle, testRuntime } from '../../testing/index.ts'
import {
  type ChildOptions,
  type Crash,
  DynamicSupervisor,
  defineServer,
  type ExitReason,
  GenServer,
  refuse,
  reply,
  Supervisor,
} from '../index.ts'

/** A counter that comes back, unless it is negative; it writes down what it was offered. */
function survivor() {
  const offers: { readonly count: number; readonly crash: Crash }[] = []
  const Survivor = defineServer({
    name: 'survivor',
    init: (count: number) => ({ count }),
    restore: async (saved, crash) => {
      offers.push({ count: saved.count, crash })
      if (saved.count === 13) throw new Error('bad luck')
      return saved.count < 0 ? refuse() : saved
    },
    calls: {
      get: (s) => reply(s.count, s),
      set: (_s, count: number) => reply(count, { count }),
    },
    casts: {
      boom: async (_s, message: string) => {
        await Promise.resolve()
        throw new Error(message)
      },
    },
  })
  return { Survivor, offers }
}

async function setup(options: ChildOptions = {}) {
  const { runtime, clock } = testRuntime()
  const { Survivor, offers } = survivor()
  const child = Survivor.child(1, { name: 'kept', ...options })
  const sup = await Supervisor.startLink(
    {
      strategy: 'one_for_all',
      children: [child, Survivor.child(5, { id: 'other', name: 'other' })],
      maxRestarts: 9,
    },
    { runtime },
  )
  const ref = Survivor.at('kept', runtime)
  const end = async (count: number, how: () => void): Promise<number> => {
    await ref.call.set(count)
    how()
    await settle()
    return ref.call.get()
  }
  const crash = (count: number): Promise<number> => end(count, () => ref.cast.boom('boom'))
  return { runtime, clock, sup, ref, offers, end, crash, Survivor }
}

test('after a crash the last committed state comes back, with the reason and how often in a row', async () => {
  const { offers, crash } = await setup()
  expect(await crash(7)).toBe(7)
  expect(await crash(8)).toBe(8)
  expect(offers).toMatchObject([
    { count: 7, crash: { reason: { message: 'boom' }, restored: 0 } },
    { count: 8, crash: { restored: 1 } },
  ])
})

test('a refused state gives way to init, and the count of restored lives begins anew', async () => {
  const { offers, crash } = await setup()
  await crash(7)
  expect(await crash(-1)).toBe(1)
  expect(await crash(8)).toBe(8)
  expect(offers.map(({ crash: { restored } }) => restored)).toEqual([0, 1, 0])
})

test('a kill from outside leaves the state, too: it was committed', async () => {
  const { runtime, ref, end } = await setup()
  expect(await end(7, () => runtime.exit(ref.pid, 'kill'))).toBe(7)
})

test('an orderly stop leaves nothing: stop, the supervisor stopping it, a group restart', async () => {
  const { runtime, sup, ref, end, crash, offers } = await setup()
  expect(await end(7, () => void ref.stop('normal'))).toBe(1)
  await ref.call.set(8)
  await Supervisor.terminateChild(sup, 'survivor')
  await Supervisor.restartChild(sup, 'survivor')
  expect(await ref.call.get()).toBe(1)
  await GenServer.call('other', 'set', 50, { runtime })
  await crash(9)
  expect(await GenServer.call('other', 'get', undefined, { runtime })).toBe(5)
  expect(offers.map(({ count }) => count)).toEqual([9])
})

test('a state that was killed for not ending in time is not offered again', async () => {
  const { sup, ref, offers } = await setup({ shutdown: 'brutal_kill' })
  await ref.call.set(7)
  await Supervisor.terminateChild(sup, 'survivor')
  await Supervisor.restartChild(sup, 'survivor')
  expect(await ref.call.get()).toBe(1)
  expect(offers).toEqual([])
})

test('a restore that throws is a failed start; the next attempt begins with init', async () => {
  const { crash, offers } = await setup()
  expect(await crash(13)).toBe(1)
  expect(offers).toHaveLength(1)
})

test('nothing outlives the supervisor: what crashed it may be the state', async () => {
  const { runtime } = testRuntime()
  const { Survivor, offers } = survivor()
  const inner = Supervisor.child({
    id: 'inner',
    strategy: 'one_for_one',
    maxRestarts: 0,
    children: [Survivor.child(1, { name: 'kept' })],
  })
  await Supervisor.startLink({ strategy: 'one_for_one', children: [inner] }, { runtime })
  const ref = Survivor.at('kept', runtime)
  await ref.call.set(7)
  ref.cast.boom('boom')
  await settle()
  expect(await ref.call.get()).toBe(1)
  expect(offers).toEqual([])
})

test('children of dynamic supervisors are restored, too', async () => {
  const { runtime } = testRuntime()
  const { Survivor } = survivor()
  const sup = await DynamicSupervisor.startLink({}, { runtime })
  await DynamicSupervisor.startChild(sup, Survivor.child(1, { name: 'kept' }))
  const ref = Survivor.at('kept', runtime)
  await ref.call.set(7)
  ref.cast.boom('boom')
  await settle()
  expect(await ref.call.get()).toBe(7)
})

test('a restart that keeps failing does not count as stable, however long that takes', async () => {
  const { runtime, clock } = testRuntime()
  let healthy = true
  let starts = 0
  const Moody = defineServer({
    name: 'moody',
    init: () => {
      starts++
      if (!healthy) throw new Error('not now')
      return 0
    },
    casts: { boom: (_s, reason: ExitReason) => Promise.reject(new Error(String(reason))) },
  })
  const backoff = { initialMs: 1_000, maxMs: 60_000, stableMs: 10_000 }
  const children = [Moody.child(undefined, { name: 'moody', backoff })]
  await Supervisor.startLink({ strategy: 'one_for_one', children, maxRestarts: 99 }, { runtime })
  healthy = false
  Moody.at('moody', runtime).cast.boom('boom')
  await settle()
  const pauses: number[] = []
  for (let round = 0; round < 6; round++) {
    const before = starts
    let waitedMs = 0
    for (; starts === before; waitedMs += 500) await clock.advance(500)
    pauses.push(waitedMs)
  }
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000])
})
