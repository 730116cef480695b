import { expect, test } from 'vitest'
import { attach, detach } from '../../kernel/index.ts'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  after,
  type CallError,
  type Context,
  type Down,
  defineServer,
  MailboxOverflow,
  noreply,
  type RefOf,
  reply,
  Supervisor,
} from '../index.ts'

type Policy = 'reject' | 'drop_new' | 'drop_old'

/** A server that waits at its gate while others fill its mailbox, and writes down what it handles. */
function narrow(policy: Policy) {
  const log: unknown[] = []
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const Narrow = defineServer({
    name: 'narrow',
    mailbox: { max: 2, policy },
    init: (_none: undefined, ctx: Context) => {
      ctx.trapExit(true)
      return 0
    },
    calls: {
      wait: async (s) => {
        await gate
        return reply('waited', s)
      },
      note: (s, what: string) => {
        log.push(what)
        return reply(what, s)
      },
    },
    casts: {
      note: (s, what: string) => {
        log.push(what)
        return noreply(s)
      },
      arm: (s) => noreply(s, after(10, 'tick')),
    },
    info: (s, message) => {
      log.push(message)
      return noreply(s)
    },
  })
  return { Narrow, log, open }
}

type NarrowRef = RefOf<ReturnType<typeof narrow>['Narrow']>

async function full(policy: Policy, first: (ref: NarrowRef) => void = () => {}) {
  const { runtime, clock } = testRuntime()
  const { Narrow, log, open } = narrow(policy)
  const ref = await Narrow.start(undefined, { runtime })
  first(ref)
  const waited = ref.call.wait()
  await settle()
  return { runtime, clock, ref, log, open, waited }
}

const kindOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: unknown) => (error as CallError).kind,
  )

test('reject fails calls at once as overloaded and loses the rest; what waits is served in order', async () => {
  const { ref, log, open, waited } = await full('reject')
  const calls = ['a', 'b', 'c'].map((what) => kindOf(ref.call.note(what)))
  ref.cast.note('d')
  expect(await calls[2]).toBe('overloaded')
  open()
  expect(await Promise.all([waited, ...calls])).toEqual(['waited', 'a', 'b', 'overloaded'])
  expect(log).toEqual(['a', 'b'])
})

test('drop_old gives the place of what waits longest to what comes', async () => {
  const { ref, log, open, waited } = await full('drop_old')
  const first = kindOf(ref.call.note('a'))
  ref.cast.note('b')
  ref.cast.note('c')
  expect(await first).toBe('overloaded')
  ref.cast.note('d')
  open()
  await waited
  await settle()
  expect(log).toEqual(['c', 'd'])
})

test('drop_new tells callers too, as nobody else would', async () => {
  const { ref, log, open, waited } = await full('drop_new')
  for (const what of ['a', 'b', 'c']) ref.cast.note(what)
  expect(await kindOf(ref.call.note('d'))).toBe('overloaded')
  open()
  await waited
  await settle()
  expect(log).toEqual(['a', 'b'])
})

test('a full mailbox lets pass what must arrive: exits, DOWN, own timers, stop', async () => {
  const { runtime, clock, ref, log, open, waited } = await full('reject', (narrowed) => narrowed.cast.arm())
  const probe = await startProbe(runtime)
  for (const what of ['a', 'b', 'c']) ref.cast.note(what)
  runtime.send(ref.pid, { type: 'DOWN', reason: 'told' } satisfies Partial<Down>)
  probe.ctx.exit(ref.pid, 'enough')
  await clock.advance(10)
  const stopped = ref.stop()
  open()
  await Promise.all([waited, stopped])
  expect(log).toMatchObject(['a', 'b', { type: 'DOWN' }, { type: 'EXIT', reason: 'enough' }, 'tick'])
})

test('every refusal is an event that names the process, the limit and whether a caller was told', async () => {
  const { ref, open, waited } = await full('reject')
  const events: unknown[] = []
  attach('overflow', MailboxOverflow, (_event, overflow) => events.push(overflow))
  for (const what of ['a', 'b', 'c']) ref.cast.note(what)
  await kindOf(ref.call.note('d'))
  detach('overflow')
  open()
  await waited
  const about = { pid: ref.pid, module: 'narrow', waiting: 2, max: 2, policy: 'reject' }
  expect(events).toMatchObject([
    { ...about, call: false },
    { ...about, call: true },
  ])
})

test('a limit that is none is refused where the server is defined', () => {
  const define = (max: number) => () =>
    defineServer({ name: 'x', mailbox: { max, policy: 'reject' }, init: () => 0 })
  expect(define(0)).toThrow('mailbox.max cannot be 0')
  expect(define(1.5)).toThrow('mailbox.max cannot be 1.5')
})

test('a state that grew too large ends the server, terminate first, and its supervisor starts it anew', async () => {
  const { runtime, reports } = testRuntime()
  const ends: unknown[] = []
  const Growing = defineServer({
    name: 'growing',
    init: () => ({ items: [] as number[] }),
    stateLimit: { sizeOf: (s) => s.items.length, max: 2 },
    restore: (saved) => saved,
    calls: { push: (s, n: number) => reply(s.items.length + 1, { items: [...s.items, n] }) },
    terminate: (reason) => {
      ends.push(reason)
    },
  })
  const children = [Growing.child(undefined, { name: 'growing' })]
  await Supervisor.startLink({ strategy: 'one_for_one', children }, { runtime })
  const ref = Growing.at('growing', runtime)
  for (const n of [1, 2, 3]) expect(await ref.call.push(n)).toBe(n)
  await settle()
  expect(ends).toEqual([{ state_too_large: { size: 3, max: 2 } }])
  expect(reports.map(({ kind }) => kind)).toEqual(['server_crash', 'child_terminated'])
  expect(await ref.call.push(1)).toBe(1)
})

test('a sizeOf that throws crashes the server like any handler', async () => {
  const { runtime, reports } = testRuntime()
  const Bad = defineServer({
    name: 'bad',
    init: () => 0,
    stateLimit: {
      sizeOf: (s) => {
        if (s > 0) throw new Error('no size')
        return 0
      },
      max: 1,
    },
    casts: { inc: (s) => noreply(s + 1) },
  })
  const ref = await Bad.start(undefined, { runtime })
  ref.cast.inc()
  await settle()
  expect(runtime.isAlive(ref.pid)).toBe(false)
  expect(reports).toMatchObject([{ kind: 'server_crash', reason: { message: 'no size' } }])
})
