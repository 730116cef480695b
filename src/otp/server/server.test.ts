import { expect, test, vi } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  after,
  CallError,
  type Context,
  continueWith,
  type Down,
  defineServer,
  type Exit,
  type ExitReason,
  exit,
  type From,
  failInit,
  GenServer,
  ignore,
  later,
  noreply,
  type Pid,
  ProcessExited,
  reply,
  replyTo,
  StartError,
  stop,
  timeout,
} from '../index.ts'

/** Waits until a test lets it go on. */
const gate = () => {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

interface Options {
  readonly log?: unknown[]
  readonly trap?: boolean
}

/** A server that does what it is told and writes down what happens to it. */
const Puppet = defineServer({
  name: 'puppet',
  init: ({ log = [], trap = false }: Options, ctx: Context) => {
    ctx.trapExit(trap)
    return { log, count: 0, froms: [] as From[] }
  },
  calls: {
    get: (s) => reply(s.count, s),
    log: (s) => reply([...s.log], s),
    add: (s, n: number) => reply(s.count + n, { ...s, count: s.count + n }),
    slow: async (s, wait: Promise<void>) => {
      await wait
      return reply('done', { ...s, count: s.count + 1 })
    },
    keep: (s, _none, ctx) => later<string>()({ ...s, froms: [...s.froms, ctx.from] }),
    answer: (s, value: string) => {
      for (const from of s.froms) replyTo(from, value)
      return reply(s.froms.length, { ...s, froms: [] })
    },
    early: (s, _none, ctx) => {
      replyTo(ctx.from, 'first')
      return reply('second', s)
    },
    quit: (s, reason: ExitReason) => stop(reason, s, 'bye'),
    quitSilently: (s, reason: ExitReason) => stop(reason, s),
    fail: (s, error: Error): ReturnType<typeof reply<string, typeof s>> => {
      throw error
    },
    callSelf: async (s, _none, ctx) => {
      const error: unknown = await GenServer.call(ctx.self, 'get').catch((thrown: unknown) => thrown)
      return reply((error as CallError).kind, s)
    },
    chain: (s) => reply('answered', s, continueWith('step', 3)),
    idle: (s, ms: number) => reply('idle', s, timeout(ms)),
    soon: (s, ms: number) => reply('soon', s, after(ms, 'tick')),
    info: (s, run: (ctx: Context) => unknown, ctx) => reply(run(ctx), s),
    bad: (s) => 'nonsense' as unknown as ReturnType<typeof noreply<typeof s>>,
  },
  casts: {
    note: (s, text: string) => noreply({ ...s, log: [...s.log, text] }),
    push: (s, text: string) => {
      s.log.push(text)
      return noreply(s)
    },
    crash: () => exit('cast crash'),
    badReply: (s) => reply(1, s) as unknown as ReturnType<typeof noreply<typeof s>>,
  },
  continues: {
    step: (s, left: number) => {
      s.log.push(`step ${left}`)
      return noreply(s, left > 1 ? continueWith('step', left - 1) : undefined)
    },
  },
  info: {
    DOWN: (s, down) => {
      s.log.push(`DOWN ${String(down.reason)}`)
      return noreply(s)
    },
    EXIT: (s, signal: Exit) => {
      s.log.push(`EXIT ${String(signal.reason)}`)
      return noreply(s)
    },
    timeout: (s) => {
      s.log.push('timeout')
      return noreply(s)
    },
    tick: (s) => {
      s.log.push('tick')
      return noreply(s)
    },
  },
  terminate: (reason, s) => {
    s.log.push(`terminate ${String(reason)}`)
  },
})

const setup = async (options: Options = {}) => {
  const world = testRuntime()
  const log: unknown[] = []
  const { runtime } = world
  const ref = await Puppet.start({ log, ...options }, { runtime })
  const watcher = await startProbe(runtime, { trap: true })
  watcher.ctx.monitor(ref.pid)
  return { ...world, ref, log, watcher }
}

const failure = async (promise: Promise<unknown>): Promise<CallError> => {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(CallError)
  return error as CallError
}

const downReasons = (messages: readonly unknown[]): readonly ExitReason[] =>
  messages.map((message) => (message as Down).reason)

/** A definition whose `init` is the one given. */
const starting = (init: (ctx: Context) => unknown) =>
  defineServer({ name: 'starting', init: (_none: undefined, ctx: Context) => init(ctx), calls: {} })

// Start

test('start resolves when init is done, also an asynchronous one', async () => {
  const { runtime } = testRuntime()
  const { open, opened } = gate()
  const seen: string[] = []
  const starts = starting(() => opened).start(undefined, { runtime })
  void starts.then(() => seen.push('started'))
  await settle()
  expect(seen).toEqual([])
  open()
  await starts
  expect(seen).toEqual(['started'])
})

test('a second start under a name fails with the pid of the first, and its init never runs', async () => {
  const { runtime } = testRuntime()
  const init = vi.fn(() => ({}))
  const first = await starting(init).start(undefined, { runtime, name: 'only' })
  const second = await starting(init)
    .start(undefined, { runtime, name: 'only' })
    .catch((error: unknown) => error)
  expect(second).toBeInstanceOf(StartError)
  expect(second).toMatchObject({ kind: 'already_started' })
  expect((second as StartError).pid).toBe(first.pid)
  expect(init).toHaveBeenCalledTimes(1)
  expect(first.name).toBe('only')
})

test.each([
  { how: 'returns failInit', init: () => failInit('no luck'), kind: 'failed', reason: 'no luck' },
  { how: 'throws', init: () => exit('broken'), kind: 'failed', reason: 'broken' },
  { how: 'declines', init: () => ignore(), kind: 'ignored', reason: 'ignored' },
])('when init $how, the name is free before start settles', async ({ init, kind, reason }) => {
  const { runtime } = testRuntime()
  const outcome = await starting(init)
    .start(undefined, { runtime, name: 'x' })
    .catch((error: unknown) => {
      expect(runtime.whereis('x')).toBeUndefined()
      return error
    })
  expect(outcome).toMatchObject({ kind, reason })
  expect(runtime.processes()).toEqual([])
})

test.each([
  { how: 'fails', init: () => failInit('no luck'), signal: 'no luck' },
  { how: 'declines', init: () => ignore(), signal: 'normal' },
])('a linked parent that traps gets an EXIT when init $how', async ({ init, signal }) => {
  const { runtime } = testRuntime()
  const parent = await startProbe(runtime, { trap: true })
  const started = starting(init).startLink(undefined, { runtime, parent: parent.pid })
  await expect(started).rejects.toBeInstanceOf(StartError)
  await settle()
  expect(downReasons(parent.messages)).toEqual([signal])
})

test('a linked parent that does not trap falls with a failing init', async () => {
  const { runtime } = testRuntime()
  const parent = await startProbe(runtime)
  const started = starting(() => failInit('no luck')).startLink(undefined, { runtime, parent: parent.pid })
  await expect(started).rejects.toBeInstanceOf(StartError)
  expect(runtime.isAlive(parent.pid)).toBe(false)
})

test('a start that takes too long is killed and unlinked, without an EXIT', async () => {
  const { runtime, clock } = testRuntime()
  const parent = await startProbe(runtime, { trap: true })
  const slow = starting(() => new Promise(() => {}))
  const started = slow.startLink(undefined, { runtime, parent: parent.pid, timeoutMs: 100, name: 'slow' })
  const outcome = started.catch((error: unknown) => error)
  await clock.advance(100)
  expect(await outcome).toMatchObject({ kind: 'timeout' })
  expect(runtime.whereis('slow')).toBeUndefined()
  expect(parent.messages).toEqual([])
})

test('killing a server in its init fails the start', async () => {
  const { runtime } = testRuntime()
  const started = starting(() => new Promise(() => {})).start(undefined, { runtime, name: 'x' })
  const outcome = started.catch((error: unknown) => error)
  await settle()
  runtime.exit(runtime.whereis('x') as Pid, 'kill')
  expect(await outcome).toMatchObject({ kind: 'failed', reason: 'killed' })
})

test('a server started by a process is linked to it', async () => {
  const { runtime } = testRuntime()
  const seen: Pid[] = []
  const Outer = defineServer({
    name: 'outer',
    init: async () => {
      const inner = await Puppet.startLink({})
      seen.push(inner.pid)
    },
  })
  const outer = await Outer.start(undefined, { runtime })
  const [inner] = seen as [Pid]
  expect(runtime.processInfo(inner)?.ancestors[0]).toBe(outer.pid)
  runtime.exit(outer.pid, 'kill')
  expect(runtime.isAlive(inner)).toBe(false)
})

// Calls

test('messages to one server are handled one after the other, in order', async () => {
  const { ref, log } = await setup()
  for (let index = 0; index < 1_000; index++) ref.cast.push(String(index))
  await ref.call.get()
  expect(log).toEqual(Array.from({ length: 1_000 }, (_, index) => String(index)))
})

test('the mailbox waits for an asynchronous handler, and its state counts', async () => {
  const { ref, runtime } = await setup()
  const { open, opened } = gate()
  const slow = ref.call.slow(opened)
  const got = ref.call.get()
  await settle()
  expect(runtime.processInfo(ref.pid)?.messageQueueLength).toBe(1)
  open()
  expect([await slow, await got]).toEqual(['done', 1])
})

test('a call fails after 5 seconds, the server works on, and its late answer is dropped', async () => {
  const { ref, clock } = await setup()
  const { open, opened } = gate()
  const slow = failure(ref.call.slow(opened))
  await clock.advance(4_999)
  await clock.advance(1)
  expect(await slow).toMatchObject({ kind: 'timeout', request: 'call slow' })
  open()
  expect(await ref.call.get()).toBe(1)
})

test('a call with an infinite limit waits for ever, and leaves no timer', async () => {
  const { ref, clock } = await setup()
  const { open, opened } = gate()
  const slow = ref.call.slow(opened, { timeoutMs: Number.POSITIVE_INFINITY })
  await clock.advance(100_000_000)
  open()
  expect(await slow).toBe('done')
  expect(clock.pending).toBe(0)
})

test('a caller hears of the end of the server at once, with its reason', async () => {
  const { ref, runtime } = await setup()
  const inHand = failure(ref.call.slow(new Promise(() => {})))
  const queued = failure(ref.call.get())
  await settle()
  runtime.exit(ref.pid, 'kill')
  expect(await inHand).toMatchObject({ kind: 'exit', reason: 'killed' })
  expect(await queued).toMatchObject({ kind: 'exit', reason: 'killed' })
  expect(await failure(ref.call.get())).toMatchObject({ kind: 'noproc' })
})

test('a server cannot call itself', async () => {
  const { ref } = await setup()
  expect(await ref.call.callSelf()).toBe('calling_self')
})

test('a from may be kept and answered later, by anybody, once', async () => {
  const { ref } = await setup()
  const kept = [ref.call.keep(), ref.call.keep()]
  expect(await ref.call.answer('now')).toBe(2)
  expect(await Promise.all(kept)).toEqual(['now', 'now'])
  expect(await ref.call.early()).toBe('first')
})

test('reading ctx.from outside of a call is an error that says so', async () => {
  const Outside = defineServer({
    name: 'outside',
    init: (_none: undefined, ctx: Context) => ({ from: ctx.from }),
  })
  const { runtime } = testRuntime()
  await expect(Outside.start(undefined, { runtime })).rejects.toThrow('outside of a call')
})

test('stop with a reply: terminate runs first, then the caller is answered', async () => {
  const { ref, log, watcher } = await setup()
  const answer = ref.call.quit('shutdown').then((value) => log.push(value))
  await answer
  expect(log).toEqual(['terminate shutdown', 'bye'])
  expect(downReasons(watcher.messages)).toEqual(['shutdown'])
})

test('stop without a reply fails the caller with the reason, also for normal', async () => {
  const { ref } = await setup()
  expect(await failure(ref.call.quitSilently('normal'))).toMatchObject({ kind: 'exit', reason: 'normal' })
})

test('a throw in a call ends the server and fails every caller with the error', async () => {
  const { ref, watcher, reports, log } = await setup()
  const error = new Error('bug')
  const first = failure(ref.call.fail(error))
  const second = failure(ref.call.get())
  expect((await first).reason).toBe(error)
  expect((await second).reason).toBe(error)
  await settle()
  expect(downReasons(watcher.messages)).toEqual([error])
  expect(log).toEqual([`terminate ${String(error)}`])
  expect(reports).toMatchObject([
    { kind: 'server_crash', module: 'puppet', reason: error, lastMessage: { call: 'fail', argument: error } },
  ])
})

test('an unknown call or cast ends the server, an unknown info is reported and ignored', async () => {
  const { ref, runtime, reports } = await setup()
  runtime.send(ref.pid, { type: 'unheard-of' })
  runtime.send(ref.pid, 42)
  expect(await ref.call.get()).toBe(0)
  expect(reports.map(({ kind }) => kind)).toEqual(['unexpected_message', 'unexpected_message'])
  const unknown = await failure(GenServer.call(ref, 'toString'))
  expect(String(unknown.reason)).toContain('puppet has no call "toString"')
  const other = await Puppet.start({}, { runtime })
  GenServer.cast(other, 'nothing')
  await settle()
  expect(runtime.isAlive(other.pid)).toBe(false)
})

test('a cast never fails, whatever the destination', async () => {
  const { ref, runtime } = await setup()
  await ref.stop()
  expect(() => ref.cast.note('x')).not.toThrow()
  expect(() => Puppet.at('nobody', runtime).cast.note('x')).not.toThrow()
})

test('a reference by name finds whoever holds the name now', async () => {
  const { runtime } = testRuntime()
  const named = Puppet.at('it', runtime)
  expect(await failure(named.call.get())).toMatchObject({ kind: 'noproc', target: 'it' })
  expect(() => named.pid).toThrow(CallError)
  const first = await Puppet.start({}, { runtime, name: 'it' })
  await named.call.add(5)
  await first.stop()
  const second = await Puppet.start({}, { runtime, name: 'it' })
  expect(await named.call.get()).toBe(0)
  expect(named.pid).toBe(second.pid)
})

// Continue, timeout, after

test('a continue runs before any waiting message, chains included, after the answer went out', async () => {
  const { ref, log } = await setup()
  const answered = ref.call.chain()
  ref.cast.push('queued')
  expect(await answered).toBe('answered')
  await ref.call.get()
  expect(log).toEqual(['step 3', 'step 2', 'step 1', 'queued'])
})

test('the start of a server is acknowledged before its first continue runs', async () => {
  const { runtime } = testRuntime()
  const { open, opened } = gate()
  const Lazy = defineServer({
    name: 'lazy',
    init: () => ({ loaded: false }),
    start: () => continueWith('load'),
    calls: { loaded: (s) => reply(s.loaded, s) },
    continues: {
      load: async () => {
        await opened
        return noreply({ loaded: true })
      },
    },
  })
  const ref = await Lazy.start(undefined, { runtime })
  const loaded = ref.call.loaded()
  open()
  expect(await loaded).toBe(true)
})

test('a timeout arrives when no message came for that long, once', async () => {
  const { ref, clock, log } = await setup()
  await ref.call.idle(100)
  await clock.advance(99)
  expect(log).toEqual([])
  await clock.advance(1)
  expect(log).toEqual(['timeout'])
  await clock.advance(1_000)
  expect(log).toEqual(['timeout'])
})

test('any message cancels a timeout for good', async () => {
  const { ref, clock, log } = await setup()
  await ref.call.idle(100)
  await clock.advance(50)
  await ref.call.get()
  await clock.advance(1_000)
  expect(log).toEqual([])
  expect(clock.pending).toBe(0)
})

test('a timeout of 0 still lets queued messages win', async () => {
  const { ref, log } = await setup()
  const idle = ref.call.idle(0)
  ref.cast.push('queued')
  await idle
  await settle()
  expect(log).toEqual(['queued'])
  await ref.call.idle(0)
  await settle()
  expect(log).toEqual(['queued', 'timeout'])
})

test('after brings its message whatever else arrives', async () => {
  const { ref, clock, log } = await setup()
  await ref.call.soon(100)
  await clock.advance(50)
  await ref.call.get()
  await clock.advance(50)
  expect(log).toEqual(['tick'])
})

// Termination

test.each(['bad', 'cast'] as const)('a result outside of the contract ends the server (%s)', async (kind) => {
  const { ref, watcher, log } = await setup()
  if (kind === 'bad') await failure(ref.call.bad())
  else ref.cast.badReply()
  await settle()
  expect(downReasons(watcher.messages)).toEqual([{ bad_return_value: expect.anything() }])
  expect(log).toHaveLength(1)
})

test('terminate runs for an exit of the parent only when trapping, behind the messages before it', async () => {
  const { runtime } = testRuntime()
  const parent = await startProbe(runtime, { trap: true })
  for (const trap of [true, false]) {
    const log: unknown[] = []
    const ref = await Puppet.startLink({ log, trap }, { runtime, parent: parent.pid })
    ref.cast.push('before')
    parent.ctx.exit(ref.pid, 'shutdown')
    ref.cast.push('after')
    await settle()
    expect(log).toEqual(trap ? ['before', 'terminate shutdown'] : [])
  }
})

test('an exit of the parent never reaches info, one of anybody else does', async () => {
  const { runtime } = testRuntime()
  const parent = await startProbe(runtime, { trap: true })
  const stranger = await startProbe(runtime)
  const log: unknown[] = []
  const ref = await Puppet.startLink({ log, trap: true }, { runtime, parent: parent.pid })
  stranger.ctx.exit(ref.pid, 'boo')
  parent.ctx.exit(ref.pid, 'normal')
  await settle()
  expect(log).toEqual(['EXIT boo', 'terminate normal'])
  const plain = await Puppet.startLink({}, { runtime, parent: parent.pid })
  parent.ctx.exit(plain.pid, 'normal')
  expect(runtime.isAlive(plain.pid)).toBe(true)
})

test('a kill runs no terminate and is reported by nobody', async () => {
  const { ref, runtime, log, reports } = await setup({ trap: true })
  runtime.exit(ref.pid, 'kill')
  await settle()
  expect(log).toEqual([])
  expect(reports).toEqual([])
})

test('what terminate throws is the exit reason; the answer goes out all the same', async () => {
  const { runtime } = testRuntime()
  const Clumsy = defineServer({
    name: 'clumsy',
    init: () => ({}),
    calls: { quit: (s) => stop('normal', s, 'bye') },
    terminate: async () => exit('stumbled'),
  })
  const ref = await Clumsy.start(undefined, { runtime })
  const watcher = await startProbe(runtime)
  watcher.ctx.monitor(ref.pid)
  expect(await ref.call.quit()).toBe('bye')
  await settle()
  expect(downReasons(watcher.messages)).toEqual(['stumbled'])
})

test('stopping waits behind queued messages and resolves when the server is gone', async () => {
  const { ref, runtime, log } = await setup()
  ref.cast.push('first')
  await ref.stop('shutdown')
  expect(log).toEqual(['first', 'terminate shutdown'])
  expect(runtime.isAlive(ref.pid)).toBe(false)
})

test('stopping fails when the server ends for another reason, is gone, or takes too long', async () => {
  const { ref, runtime, clock } = await setup()
  const crashed = failure(ref.stop())
  runtime.exit(ref.pid, 'boom')
  expect(await crashed).toMatchObject({ kind: 'exit', reason: 'boom' })
  expect(await failure(ref.stop())).toMatchObject({ kind: 'noproc' })
  const busy = await Puppet.start({}, { runtime })
  const { open, opened } = gate()
  const slow = busy.call.slow(opened, { timeoutMs: Number.POSITIVE_INFINITY })
  const late = failure(busy.stop('normal', 100))
  await clock.advance(100)
  expect(await late).toMatchObject({ kind: 'timeout', request: 'stop' })
  expect(runtime.isAlive(busy.pid)).toBe(true)
  open()
  await slow
  await settle()
  expect(runtime.isAlive(busy.pid)).toBe(false)
})

test('a reference can be disposed of, also when its server is gone', async () => {
  const { runtime } = testRuntime()
  const pids: Pid[] = []
  {
    await using ref = await Puppet.start({}, { runtime })
    await using gone = await Puppet.start({}, { runtime })
    pids.push(ref.pid, gone.pid)
    runtime.exit(gone.pid, 'kill')
  }
  expect(pids.map((pid) => runtime.isAlive(pid))).toEqual([false, false])
})

test('crash reports show the state through formatStatus', async () => {
  const { runtime, reports } = testRuntime()
  const Discreet = defineServer({
    name: 'discreet',
    init: () => ({ password: 'hunter2' }),
    casts: { crash: () => exit('boom') },
    formatStatus: () => 'hidden',
  })
  const ref = await Discreet.start(undefined, { runtime })
  ref.cast.crash()
  await settle()
  expect(reports).toMatchObject([{ state: 'hidden', lastMessage: { cast: 'crash' } }])
})

// Ghosts: code that runs on after the end of its process

test('after a kill the caller fails at once, and what the handler does later has no effect', async () => {
  const { runtime } = testRuntime()
  const { open, opened } = gate()
  const seen: unknown[] = []
  const Haunted = defineServer({
    name: 'haunted',
    init: () => ({}),
    calls: {
      slow: async (s, _none, ctx) => {
        const { signal } = ctx
        await opened
        seen.push(signal.aborted)
        try {
          ctx.send(ctx.self, 'boo')
        } catch (error) {
          seen.push(error)
        }
        return reply('from beyond', s)
      },
    },
  })
  const ref = await Haunted.start(undefined, { runtime, name: 'haunted' })
  const call = failure(ref.call.slow())
  await settle()
  runtime.exit(ref.pid, 'kill')
  expect(await call).toMatchObject({ kind: 'exit', reason: 'killed' })
  const next = await Haunted.start(undefined, { runtime, name: 'haunted' })
  open()
  await settle()
  expect(seen).toEqual([true, expect.any(ProcessExited)])
  expect(runtime.isAlive(next.pid)).toBe(true)
})

test('a rejection that comes after the end of its process escapes nowhere', async () => {
  const { runtime } = testRuntime()
  const { open, opened } = gate()
  const escaped = vi.fn()
  process.on('unhandledRejection', escaped)
  const Careless = defineServer({
    name: 'careless',
    init: () => ({}),
    casts: {
      wait: async () => {
        await opened
        throw new Error('too late')
      },
      forget: (s, victim: Pid) => {
        void Puppet.at(victim).call.get()
        return noreply(s)
      },
    },
  })
  const ref = await Careless.start(undefined, { runtime })
  const victim = await Puppet.start({}, { runtime })
  ref.cast.forget(victim.pid)
  ref.cast.wait()
  await settle()
  runtime.exit(victim.pid, 'kill')
  runtime.exit(ref.pid, 'kill')
  open()
  await settle()
  process.off('unhandledRejection', escaped)
  expect(escaped).not.toHaveBeenCalled()
})

test('a server that ends itself with an exit signal does not run on', async () => {
  const { ref, runtime, log } = await setup()
  const call = failure(
    ref.call.info((ctx) => {
      ctx.exit(ctx.self, 'enough')
      log.push('never')
    }),
  )
  expect(await call).toMatchObject({ reason: 'enough' })
  expect(log).toEqual([])
  expect(runtime.isAlive(ref.pid)).toBe(false)
})

test('handlers are plain functions: they can be tested without a runtime', () => {
  const state = { log: [], count: 1, froms: [] }
  expect(Puppet.handlers.calls.add(state, 2)).toEqual(reply(3, { ...state, count: 3 }))
})

test.each([
  ['after(-1)', () => after(-1, 'x')],
  ['after(Infinity)', () => after(Number.POSITIVE_INFINITY, 'x')],
  ['timeout(NaN)', () => timeout(Number.NaN)],
])('%s is refused, naming field and value', (_what, make) => {
  expect(make).toThrow(/(after|timeout) cannot be (-1|Infinity|NaN)/)
})

test('a call with a time limit that is none is refused and leaves nothing behind', async () => {
  const { ref, clock, runtime } = await setup()
  expect(() => ref.call.get(undefined, { timeoutMs: Number.NaN })).toThrow('timeoutMs cannot be NaN')
  expect(() => ref.stop('normal', -1)).toThrow('timeoutMs cannot be -1')
  expect(() => runtime.send(ref.pid, 'x')).not.toThrow()
  expect(clock.pending).toBe(0)
})

test('a message after 60 days arrives after 60 days', async () => {
  const { ref, clock, log } = await setup()
  const days = 24 * 3_600_000
  await ref.call.soon(60 * days)
  await clock.advance(60 * days - 1)
  expect(log).toEqual([])
  await clock.advance(1)
  expect(log).toEqual(['tick'])
})

test('a formatStatus that throws does not hide the crash', async () => {
  const { runtime, reports } = testRuntime()
  const Clumsy = defineServer({
    name: 'clumsy',
    init: () => ({}),
    casts: { crash: () => exit('boom') },
    formatStatus: () => exit('cannot show it'),
  })
  const ref = await Clumsy.start(undefined, { runtime })
  ref.cast.crash()
  await settle()
  expect(reports).toMatchObject([{ reason: 'boom', state: { formatStatus: 'cannot show it' } }])
  expect(runtime.isAlive(ref.pid)).toBe(false)
})

test('a process that was started in a handler is an offspring of that process', async () => {
  const { runtime } = testRuntime()
  const Parent = defineServer({
    name: 'parent',
    init: () => ({}),
    calls: {
      spawn: (s, _none, ctx) =>
        reply(
          ctx.runtime.spawn((child) => child.receive()),
          s,
        ),
    },
  })
  const ref = await Parent.start(undefined, { runtime })
  const child = await ref.call.spawn()
  expect(runtime.processInfo(child)?.ancestors).toEqual([ref.pid, runtime.root])
})

test('a call to many gives the answers and names who did not answer; a cast to many fails nobody', async () => {
  const { runtime, ref, clock } = await setup()
  const busy = await Puppet.start({ log: [] }, { runtime, name: 'busy' })
  void failure(busy.call.slow(new Promise(() => {})))
  const asked = GenServer.multiCall([ref, 'nobody', busy], 'get', undefined, { runtime, timeoutMs: 50 })
  await clock.advance(50)
  expect(await asked).toEqual({ replies: [{ to: ref, value: 0 }], bad: ['nobody', busy] })
  GenServer.abcast([ref, 'nobody'], 'note', 'hello', { runtime })
  expect(await ref.call.log()).toEqual(['hello'])
  await clock.advance(5_000)
})

test('only a server that ends itself for an unclean reason is reported, with message, client and state', async () => {
  for (const reason of ['normal', 'shutdown', { shutdown: 'moved' }]) {
    const { ref, reports } = await setup()
    await failure(ref.call.quitSilently(reason))
    expect(reports).toEqual([])
  }
  const { ref, runtime, reports } = await setup()
  const boom = new Error('boom')
  const client = runtime.spawn((ctx) => {
    void ref.call.fail(boom)
    return ctx.receive()
  })
  await settle()
  const report = {
    kind: 'server_crash',
    reason: boom,
    lastMessage: { call: 'fail' },
    module: 'puppet',
    client,
  }
  expect(reports).toMatchObject([{ ...report, state: { count: 0 } }])
})

test('the first instruction after init may be a timeout', async () => {
  const { runtime, clock } = testRuntime()
  const log: string[] = []
  const Waiting = defineServer({
    name: 'waiting',
    init: () => ({}),
    start: () => timeout(50),
    info: {
      timeout: (s) => {
        log.push('timeout')
        return noreply(s)
      },
    },
  })
  await Waiting.start(undefined, { runtime })
  await clock.advance(49)
  expect(log).toEqual([])
  await clock.advance(100)
  expect(log).toEqual(['timeout'])
})
