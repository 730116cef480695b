import { expect, test } from 'vitest'
import { attach, detach, systemClock } from '../kernel/index.ts'
import { settle, testRuntime, virtualClock } from '../testing/index.ts'
import {
  type CallError,
  type Context,
  createRuntime,
  defineServer,
  GenServer,
  LongSchedule,
  noreply,
  type Pid,
  ProcessExited,
  reply,
  self,
} from './index.ts'

const Child = defineServer({ name: 'child', init: () => ({}), calls: { ping: (s) => reply('pong', s) } })

/** Does what it is told after an `await`. */
const Late = defineServer({
  name: 'late',
  init: () => ({}),
  calls: {
    run: async (s, work: (ctx: Context) => unknown, ctx) => {
      await settle()
      return reply(await work(ctx), s)
    },
  },
})

const setup = async (asyncContext: boolean) => {
  const runtime = createRuntime({ asyncContext, logger: () => {} })
  const ref = await Late.start(undefined, { runtime })
  return { runtime, ref }
}

test('with asyncContext a process knows itself after an await, and nobody else is taken for it', async () => {
  const { ref } = await setup(true)
  const other = await setup(true)
  const [mine, others] = await Promise.all([ref.call.run(() => self()), other.ref.call.run(() => self())])
  expect([mine, others]).toEqual([ref.pid, other.ref.pid])
  expect(mine).not.toBe(others)
  expect(self()).toBeUndefined()
  const without = await setup(false)
  expect(await without.ref.call.run(() => self())).toBeUndefined()
})

test('with asyncContext a call to oneself after an await is refused at once', async () => {
  const { ref } = await setup(true)
  const kind = await ref.call.run(({ self: own }) =>
    GenServer.call(own, 'run').catch((error: unknown) => (error as CallError).kind),
  )
  expect(kind).toBe('calling_self')
})

test('with asyncContext what is started after an await is linked to the process that starts it', async () => {
  const { ref, runtime } = await setup(true)
  const child = (await ref.call.run(async () => (await Child.startLink()).pid)) as Pid
  expect(runtime.processInfo(child)?.links).toEqual([ref.pid])
  const without = await setup(false)
  const orphan = (await without.ref.call.run(async () => {
    return (await Child.startLink(undefined, { runtime: without.runtime })).pid
  })) as Pid
  expect(without.runtime.processInfo(orphan)?.links).toEqual([without.runtime.root])
})

test('with asyncContext a ghost meets closed doors, also without its ctx', async () => {
  const { ref, runtime } = await setup(true)
  const other = await Child.start(undefined, { runtime })
  const seen: unknown[] = []
  const attempt = async (act: () => unknown): Promise<void> => {
    try {
      await act()
      seen.push('done')
    } catch (error) {
      seen.push(error instanceof ProcessExited)
    }
  }
  let ended: () => void = () => {}
  const over = new Promise<void>((resolve) => {
    ended = resolve
  })
  const call = ref.call.run(async (ctx) => {
    runtime.exit(ctx.self, 'kill')
    await attempt(() => other.call.ping())
    await attempt(() => GenServer.cast(other, 'nothing'))
    await attempt(() => runtime.spawn(() => {}))
    ended()
  })
  await expect(call).rejects.toMatchObject({ reason: 'killed' })
  await over
  expect(seen).toEqual([true, true, true])
  await expect(other.call.ping()).resolves.toBe('pong')
})

test("what a finished handler left behind acts in nobody's name", async () => {
  const { ref, runtime } = await setup(true)
  const leave = () => {
    let seen: (value: unknown) => void = () => {}
    const later = new Promise((resolve) => {
      seen = resolve
    })
    let go: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    void gate.then(async () => seen([self(), await ref.call.run(() => 'served').catch(String)]))
    return { later, go }
  }
  const left = (await ref.call.run(leave)) as ReturnType<typeof leave>
  left.go()
  expect(await left.later).toEqual([undefined, 'served'])
  const done: { go?: () => void; later?: Promise<unknown> } = {}
  const pid = runtime.spawn(async () => {
    await settle()
    Object.assign(done, leave())
  })
  for (let turn = 0; runtime.isAlive(pid) && turn < 100; turn++) await settle()
  done.go?.()
  expect(await done.later).toEqual([undefined, 'served'])
})

test('a runtime that freezes finds who changes a message that is not his', async () => {
  const { runtime } = testRuntime({ freezeMessages: true })
  const Holder = defineServer({
    name: 'holder',
    init: () => ({ list: [1], seen: undefined as unknown }),
    calls: { list: (s) => reply(s.list, s), put: (s, value: { deep: number[] }) => reply(value, s) },
    info: (s, message) => noreply({ ...s, seen: message }),
  })
  const ref = await Holder.start(undefined, { runtime })
  await expect(ref.call.list().then((list) => list.push(2))).rejects.toThrow(TypeError)
  const sent = { deep: [1] }
  await ref.call.put(sent)
  expect(() => sent.deep.push(2)).toThrow(TypeError)
  const own = new Map([['a', 1]])
  const message = { type: 'x', own }
  runtime.send(ref.pid, message)
  expect([Object.isFrozen(message), Object.isFrozen(own)]).toEqual([true, false])
  const { runtime: usual } = testRuntime()
  const free = await Holder.start(undefined, { runtime: usual })
  expect((await free.call.list()).push(2)).toBe(2)
})

test('a slice that keeps everybody waiting is told, with how long it took', async () => {
  let elapsedMs = 0
  const clock = { ...virtualClock(), monotonicMs: () => elapsedMs, after: systemClock.after }
  const runtime = createRuntime({ clock, longScheduleMs: 20 })
  const Worker = defineServer({
    name: 'worker',
    init: () => ({}),
    calls: {
      compute: (s, ms: number) => {
        elapsedMs += ms
        return reply(ms, s)
      },
    },
  })
  const ref = await Worker.start(undefined, { runtime })
  const seen: unknown[] = []
  attach('long', LongSchedule, (_event, { pid, module, tookMs }) => seen.push([pid, module, tookMs]))
  await ref.call.compute(19)
  await ref.call.compute(20)
  await settle()
  detach('long')
  await ref.call.compute(30)
  expect(seen).toEqual([[ref.pid, 'worker', 20]])
})
