import { expect, test } from 'vitest'
import { attach, detach, err } from '../../kernel/index.ts'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  CallError,
  type Context,
  defineServer,
  noreply,
  reply,
  ServerTraced,
  Supervisor,
  stop,
  sys,
  timeout,
} from '../index.ts'

const Counter = defineServer({
  name: 'counter',
  init: ({ log, trap = false }: { log: unknown[]; trap?: boolean }, ctx: Context) => {
    ctx.trapExit(trap)
    return { log, count: 0 }
  },
  calls: {
    get: (s) => reply(s.count, s),
    add: (s, n: number) => reply(s.count + n, { ...s, count: s.count + n }),
    idle: (s, ms: number) => reply('idle', s, timeout(ms)),
  },
  casts: {
    note: (s, text: string) => {
      s.log.push(text)
      return noreply(s)
    },
  },
  info: {
    timeout: (s) => {
      s.log.push('timeout')
      return noreply(s)
    },
    quit: (s) => stop('normal', s),
  },
  terminate: (reason, s) => {
    s.log.push(`terminate ${String(reason)}`)
  },
  formatStatus: ({ count }) => ({ count }),
})

const setup = async (options: { trap?: boolean } = {}) => {
  const world = testRuntime()
  const log: unknown[] = []
  const ref = await Counter.start({ log, ...options }, { runtime: world.runtime })
  return { ...world, log, ref }
}

const kindOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await promise.catch((thrown: unknown) => thrown)
  return error instanceof CallError ? error.kind : error
}

test('getState gives the state behind the messages already waiting', async () => {
  const { ref } = await setup()
  void ref.call.add(2)
  expect(await sys.getState(ref)).toMatchObject({ count: 2 })
})

test('replaceState gives the new state; when it throws, the asker fails and the state stays', async () => {
  const { ref, runtime } = await setup()
  await ref.call.add(1)
  const ten = (state: { log: unknown[]; count: number }) => ({ ...state, count: state.count + 10 })
  expect(await sys.replaceState(ref, ten)).toMatchObject({ count: 11 })
  const boom = sys.replaceState(ref, () => {
    throw new Error('boom')
  })
  await expect(boom).rejects.toThrow('boom')
  expect([await ref.call.get(), runtime.isAlive(ref.pid)]).toEqual([11, true])
})

test('a suspended server holds user messages in order, and still answers system messages', async () => {
  const { ref, log, runtime } = await setup()
  await sys.suspend(ref)
  ref.cast.note('a')
  const added = ref.call.add(1)
  ref.cast.note('b')
  await settle()
  expect(log).toEqual([])
  expect(await sys.getState(ref)).toMatchObject({ count: 0 })
  expect(await sys.getStatus(ref)).toMatchObject({ status: 'suspended', messageQueueLength: 3 })
  expect(runtime.processInfo(ref.pid)).toMatchObject({ behaviour: 'server', status: 'suspended' })
  await sys.resume(ref)
  expect(await added).toBe(1)
  await settle()
  expect(log).toEqual(['a', 'b'])
})

test('suspending twice and resuming once is enough', async () => {
  const { ref } = await setup()
  await sys.suspend(ref)
  await sys.suspend(ref)
  await sys.resume(ref)
  expect(await ref.call.get()).toBe(0)
})

test('a call to a suspended server runs into its time limit, and is served after all', async () => {
  const { ref, clock } = await setup()
  await sys.suspend(ref)
  const kind = kindOf(ref.call.add(1, { timeoutMs: 100 }))
  await clock.advance(100)
  expect(await kind).toBe('timeout')
  await sys.resume(ref)
  expect(await ref.call.get()).toBe(1)
})

test('a suspended server can be stopped, and ends with its parent', async () => {
  const { ref, log, runtime } = await setup()
  await sys.suspend(ref)
  ref.cast.note('never')
  await ref.stop('shutdown')
  expect(log).toEqual(['terminate shutdown'])

  const probe = await startProbe(runtime)
  const child = await Counter.startLink({ log, trap: true }, { runtime, parent: probe.pid })
  await sys.suspend(child)
  runtime.exit(probe.pid, 'gone')
  await settle()
  expect([runtime.isAlive(child.pid), log]).toEqual([false, ['terminate shutdown', 'terminate gone']])
})

test('a system message starts a pending timeout over', async () => {
  const { ref, clock, log } = await setup()
  await ref.call.idle(100)
  await clock.advance(70)
  await sys.getState(ref)
  await clock.advance(99)
  expect(log).toEqual([])
  await clock.advance(1)
  expect(log).toEqual(['timeout'])
})

test('a timeout waits while the server is suspended, and starts over when it goes on', async () => {
  const { ref, clock, log } = await setup()
  await ref.call.idle(100)
  await sys.suspend(ref)
  await clock.advance(500)
  await sys.resume(ref)
  await clock.advance(99)
  expect(log).toEqual([])
  await clock.advance(1)
  expect(log).toEqual(['timeout'])
})

test('getStatus shows the state through formatStatus', async () => {
  const { ref, runtime } = await setup()
  expect(await sys.getStatus(ref)).toMatchObject({
    pid: ref.pid,
    module: 'counter',
    status: 'running',
    parent: undefined,
    state: { count: 0 },
    ancestors: [runtime.root],
  })
})

test('a traced server tells every message, answer and new state', async () => {
  const { ref } = await setup()
  const steps: unknown[] = []
  attach('sys.test', ServerTraced, (_event, { pid, step }) => pid === ref.pid && steps.push(step))
  await sys.trace(ref, true)
  await ref.call.add(2)
  ref.cast.note('x')
  await sys.trace(ref, false)
  await ref.call.get()
  detach('sys.test')
  expect(steps).toMatchObject([
    { type: 'in', message: { call: 'add', argument: 2 } },
    { type: 'out', value: 2, state: { count: 2 } },
    { type: 'in', message: { cast: 'note', argument: 'x' } },
    { type: 'noreply', state: { count: 2 } },
  ])
})

test('a log keeps the last steps, as many as were asked for', async () => {
  const { ref } = await setup()
  expect(await sys.getLog(ref)).toEqual([])
  await sys.log(ref, 3)
  await ref.call.add(1)
  await ref.call.add(1)
  expect(await sys.getLog(ref)).toMatchObject([{ value: 1 }, { type: 'in' }, { value: 2 }])
  await sys.log(ref, false)
  expect(await sys.getLog(ref)).toEqual([])
})

test('statistics count from when they are switched on', async () => {
  const { ref } = await setup()
  expect(await sys.getStatistics(ref)).toBeUndefined()
  await sys.statistics(ref, true)
  await ref.call.get()
  ref.cast.note('x')
  expect(await sys.getStatistics(ref)).toMatchObject({ messagesIn: 2, messagesOut: 1 })
  await sys.statistics(ref, false)
  expect(await sys.getStatistics(ref)).toBeUndefined()
})

const Doubler = defineServer({
  name: 'doubler',
  init: () => ({ twice: 0 }),
  calls: { get: (s) => reply(`twice ${s.twice}`, s) },
  codeChange: (old: { count: number }, extra: string) => {
    if (extra === 'throw') throw new Error('boom')
    return extra === 'refuse' ? err('too_old') : { twice: old.count * 2 }
  },
})

test('code changes only while suspended, and a refusal or a throw keeps the old state and code', async () => {
  const { ref, runtime } = await setup()
  await ref.call.add(3)
  expect(await sys.changeCode(ref, Doubler, 'go')).toMatchObject({ ok: false, reason: 'not_suspended' })
  await sys.suspend(ref)
  expect(await sys.changeCode(ref, Doubler, 'refuse')).toMatchObject({
    reason: 'refused',
    message: 'too_old',
  })
  expect(await sys.changeCode(ref, Doubler, 'throw')).toMatchObject({ reason: 'refused' })
  expect(await sys.getState(ref)).toMatchObject({ count: 3 })
  expect(await sys.changeCode(ref, Doubler, 'go')).toEqual({ ok: true, value: undefined })
  await sys.resume(ref)
  expect(await Doubler.at(ref.pid, runtime).call.get()).toBe('twice 6')
})

test('what is no definition is refused with a way out', async () => {
  const { ref } = await setup()
  await expect(sys.changeCode(ref, {})).rejects.toMatchObject({ code: 'invalid_definition' })
})

test('sys fails as a call does: nobody there, oneself, too slow', async () => {
  const { ref, runtime, clock } = await setup()
  expect(await kindOf(sys.getState('nobody', { runtime }))).toBe('noproc')
  const raw = runtime.spawn(() => new Promise(() => {}))
  const slow = kindOf(sys.getState(raw))
  await clock.advance(5_000)
  expect(await slow).toBe('timeout')
  const selfish = sys.replaceState(ref, (state) => {
    void kindOf(sys.getState(ref)).then((kind) => (state as { log: unknown[] }).log.push(kind))
    return state
  })
  expect(await selfish).toBeDefined()
  await settle()
  expect(await sys.getState(ref)).toMatchObject({ log: ['calling_self'] })
})

test('a supervisor takes over new options without touching a running child', async () => {
  const { runtime } = testRuntime()
  const child = (id: string, restart: 'permanent' | 'temporary') =>
    Counter.child({ log: [] }, { id, restart })
  const supervisor = await Supervisor.startLink(
    { strategy: 'one_for_one', children: [child('a', 'permanent'), child('b', 'permanent')] },
    { runtime },
  )
  const before = await Supervisor.whichChildren(supervisor)
  const children = [child('new', 'permanent'), child('a', 'temporary')]
  await Supervisor.reconfigure(supervisor, { strategy: 'one_for_all', children })
  const after = await Supervisor.whichChildren(supervisor)
  expect(after.map(({ id }) => id)).toEqual(['b', 'a', 'new'])
  expect(after.slice(0, 2)).toEqual(before)
  expect(await Supervisor.getChildSpec(supervisor, 'a')).toMatchObject({ restart: 'temporary' })
  expect(await Supervisor.restartChild(supervisor, 'new')).toMatchObject({ ok: true })
})
