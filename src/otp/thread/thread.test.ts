import { expect, test, vi } from 'vitest'
import { Narrow, Survivor, Threaded } from '../../../test/support/threaded.ts'
import { attach, detach, type Problem } from '../../kernel/index.ts'
import { settle, testRuntime } from '../../testing/index.ts'
import {
  type CallError,
  type CrashReport,
  createRuntime,
  type Dest,
  type Down,
  type Exit,
  type ExitReason,
  MailboxOverflow,
  type Pid,
  type ProcessContext,
  type Runtime,
  StartError,
  Supervisor,
  ThreadMeasured,
  ThreadStopped,
} from '../index.ts'

// Each test starts threads, and each thread a loader of TypeScript.
vi.setConfig({ testTimeout: 60_000 })

const module = new URL('../../../test/support/threaded.ts', import.meta.url)
const thread = { module, export: 'Threaded' } as const

interface World {
  readonly runtime: Runtime
  readonly reports: readonly CrashReport[]
}

/** A runtime that ends with the test, threads and all. */
function world({ onTestFinished }: { onTestFinished(fn: () => Promise<void>): void }): World {
  const reports: CrashReport[] = []
  const runtime = createRuntime({ logger: (report) => reports.push(report) })
  onTestFinished(() => runtime.stop())
  return { runtime, reports }
}

/** A process of the main thread whose messages a test takes one after the other. */
async function inbox(runtime: Runtime): Promise<{ pid: Pid; ctx: ProcessContext; next(): Promise<unknown> }> {
  return new Promise((resolve) => {
    const messages: unknown[] = []
    const takers: ((message: unknown) => void)[] = []
    runtime.spawn(async (ctx) => {
      ctx.trapExit(true)
      const next = (): Promise<unknown> =>
        new Promise((taken) => {
          if (messages.length > 0) taken(messages.shift())
          else takers.push(taken)
        })
      resolve({ pid: ctx.self, ctx, next })
      for (;;) {
        const message = await ctx.receive()
        const taker = takers.shift()
        if (taker) taker(message)
        else messages.push(message)
      }
    })
  })
}

/** The reason `to` ends for. */
async function downOf(runtime: Runtime, to: Dest, act: () => void): Promise<ExitReason> {
  const { ctx, next } = await inbox(runtime)
  ctx.monitor(to)
  act()
  return ((await next()) as Down).reason
}

/** Resolves when the thread of `pid` is really gone. */
function threadGone(pid: Pid): Promise<number> {
  return new Promise((resolve) => {
    const id = `gone ${pid.id}`
    attach(id, ThreadStopped, (_event, stopped) => {
      if (stopped.pid !== pid) return
      detach(id)
      resolve(stopped.exitCode)
    })
  })
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a server in a thread is called, cast to and stopped through the same typed reference', async (t) => {
  const { runtime } = world(t)
  const ref = await Threaded.startLink({ count: 3 }, { runtime, thread, name: 'far' })
  ref.cast.inc(2)
  expect(await ref.call.add(1)).toBe(6)
  expect(await ref.call.slow(7)).toBe(7)
  expect(await ref.call.late('later')).toBe('later')
  expect(await Threaded.at('far', runtime).call.add(1)).toBe(7)
  const gone = threadGone(ref.pid)
  await ref.stop()
  await gone
  expect(runtime.whereis('far')).toBeUndefined()
  expect(await failure(ref.call.add(1))).toMatchObject({ kind: 'noproc' })
})

test('a start tells how init went: ignored, failed, thrown, or not in time', async (t) => {
  const { runtime, reports } = world(t)
  const start = (how: 'ignore' | 'fail' | 'throw'): Promise<unknown> =>
    failure(Threaded.startLink({ how }, { runtime, thread }))
  expect(await start('ignore')).toMatchObject({ kind: 'ignored' })
  expect(await start('fail')).toMatchObject({ kind: 'failed', reason: { no: 'luck' } })
  const thrown = (await start('throw')) as StartError
  expect(thrown.reason).toBeInstanceOf(RangeError)
  expect(thrown.reason).toMatchObject({ message: 'out of luck' })
  expect(reports.map(({ kind, module: what }) => [kind, what])).toEqual([
    ['process_crash', 'threaded'],
    ['process_crash', 'threaded'],
  ])
  const hung = await failure(Threaded.startLink({ how: 'hang' }, { runtime, thread, timeoutMs: 1_500 }))
  expect(hung).toMatchObject({ kind: 'timeout' })
  expect(runtime.processes()).toEqual([])
})

test('a kill stops an endless loop, and callers hear of it at once', async (t) => {
  const { runtime } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  ref.cast.spin()
  const waiting = failure(ref.call.add(1))
  const gone = threadGone(ref.pid)
  runtime.exit(ref.pid, 'kill')
  expect(await waiting).toMatchObject({ kind: 'exit', reason: 'killed' })
  expect(runtime.isAlive(ref.pid)).toBe(false)
  await gone
})

test('a supervisor kills a stuck thread after its grace period, and restarts a crashed one', async (t) => {
  const { runtime } = world(t)
  const child = Threaded.child({ count: 1, trap: true }, { name: 'far', shutdown: 20, thread })
  const sup = await Supervisor.startLink({ strategy: 'one_for_one', children: [child] }, { runtime })
  const ref = Threaded.at('far', runtime)
  const first = ref.pid
  await ref.call.add(5)
  const restarted = new Promise<void>((resolve) => {
    attach('restarted', { name: 'otp.supervisor.restart' }, () => resolve())
  })
  ref.cast.boom('bad luck')
  await restarted
  detach('restarted')
  expect(ref.pid).not.toBe(first)
  expect(await ref.call.add(0)).toBe(1)
  ref.cast.spin()
  const gone = threadGone(ref.pid)
  await sup.stop('shutdown')
  await gone
})

test('a crash travels: the error with its class, stack and message, and one report about the pid outside', async (t) => {
  const { runtime, reports } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  const reason = await downOf(runtime, ref.pid, () => ref.cast.boom('far away'))
  expect(reason).toBeInstanceOf(TypeError)
  expect(reason).toMatchObject({ message: 'far away' })
  expect((reason as Error).stack).toContain('threaded.ts')
  expect(reports).toMatchObject([
    {
      kind: 'server_crash',
      pid: ref.pid,
      module: 'threaded',
      lastMessage: { cast: 'boom', argument: 'far away' },
    },
  ])
})

test('what brings the thread itself down is the reason: uncaught errors, process.exit, the heap', async (t) => {
  const { runtime } = world(t)
  const wild = await Threaded.start({}, { runtime, thread })
  expect(await downOf(runtime, wild.pid, () => wild.cast.wild())).toMatchObject({
    message: 'nobody caught this',
  })
  const leaver = await Threaded.start({}, { runtime, thread })
  expect(await downOf(runtime, leaver.pid, () => leaver.cast.leave(7))).toEqual({ exit_code: 7 })
  const resourceLimits = { maxOldGenerationSizeMb: 32 }
  const hoarder = await Threaded.start({}, { runtime, thread: { ...thread, resourceLimits } })
  expect(await downOf(runtime, hoarder.pid, () => hoarder.cast.hoard())).toEqual({
    out_of_memory: resourceLimits,
  })
})

test('memory outside of the heap has a limit of its own', async (t) => {
  const { runtime } = world(t)
  const maxBytes = 64 * 1024 * 1024
  const limited = { ...thread, externalMaxBytes: maxBytes, memoryEveryMs: 20 }
  const ref = await Threaded.start({}, { runtime, thread: limited })
  const measured = new Promise<number>((resolve) => {
    attach('measured', ThreadMeasured, (_event, { externalBytes }) => resolve(externalBytes))
  })
  expect(await measured).toBeLessThan(maxBytes)
  detach('measured')
  expect(runtime.processInfo(ref.pid)?.memory?.heapUsedBytes).toBeGreaterThan(0)
  const reason = await downOf(runtime, ref.pid, () => ref.cast.buffer(2 * maxBytes))
  expect(reason).toMatchObject({ external_memory: { maxBytes } })
})

test('resident memory is watched from outside, so that also a thread in a loop is stopped', async (t) => {
  const { runtime, clock } = testRuntime()
  t.onTestFinished(() => runtime.stop())
  const ref = await Threaded.start({}, { runtime, thread: { ...thread, rssMaxBytes: 1 } })
  const reason = downOf(runtime, ref.pid, () => ref.cast.spin())
  await settle()
  await clock.advance(1_000)
  expect(await reason).toMatchObject({ rss: { maxBytes: 1 } })
})

test('links and exit signals reach a server in a thread as they reach any other', async (t) => {
  const { runtime } = world(t)
  const mine = await inbox(runtime)
  const soft = await Threaded.start({}, { runtime, thread })
  mine.ctx.link(soft.pid)
  mine.ctx.exit(soft.pid, 'normal')
  expect(await soft.call.add(1)).toBe(1)
  mine.ctx.exit(soft.pid, 'enough')
  expect(await mine.next()).toMatchObject({ type: 'EXIT', from: soft.pid, reason: 'enough' } satisfies Exit)
  const trapping = await Threaded.start({ trap: true, tell: mine.pid }, { runtime, thread })
  mine.ctx.exit(trapping.pid, 'enough')
  expect(await mine.next()).toEqual({ exit: 'enough', from: mine.pid })
  expect(await trapping.call.add(1)).toBe(1)
})

test('the exit of the parent of a trapping server ends it behind what waits, terminate first', async (t) => {
  const { runtime } = world(t)
  const mine = await inbox(runtime)
  const parent = await inbox(runtime)
  const ref = await Threaded.startLink(
    { trap: true, tell: mine.pid },
    { runtime, thread, parent: parent.pid },
  )
  mine.ctx.monitor(ref.pid)
  mine.ctx.send(ref.pid, { type: 'note', text: 'before' })
  parent.ctx.exit(parent.pid, 'over')
  runtime.exit(parent.pid, 'kill')
  expect(await mine.next()).toBe('before')
  expect(await mine.next()).toEqual({ terminated: 'killed' })
  expect(await mine.next()).toMatchObject({ type: 'DOWN', reason: 'killed' })
})

test('stop gives its very reason, and stop with a reply answers before the end', async (t) => {
  const { runtime } = world(t)
  const reason = { shutdown: { for: 'maintenance' } }
  const ref = await Threaded.start({}, { runtime, thread })
  await ref.stop(reason)
  const other = await Threaded.start({}, { runtime, thread })
  let bye: string | undefined
  const down = downOf(runtime, other.pid, () => {
    void other.call.bye().then((answer) => {
      bye = answer
    })
  })
  expect(await down).toBe('normal')
  expect(bye).toBe('bye')
})

test('a call has its deadline in the main thread, whatever the thread does', async (t) => {
  const { runtime } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  expect(await failure(ref.call.silent(undefined, { timeoutMs: 1 }))).toMatchObject({ kind: 'timeout' })
  ref.cast.spin()
  expect(await failure(ref.call.add(1, { timeoutMs: 1 }))).toMatchObject({ kind: 'timeout' })
})

test('pids keep their identity across the border, alone and deep inside of values', async (t) => {
  const { runtime } = world(t)
  const mine = await inbox(runtime)
  const ref = await Threaded.start({}, { runtime, thread, name: 'far' })
  expect(await ref.call.echo(mine.pid)).toBe(mine.pid)
  expect(await ref.call.echo({ list: [new Map([['a', ref.pid]])] })).toEqual({
    list: [new Map([['a', ref.pid]])],
  })
  expect(await ref.call.who()).toEqual({ self: ref.pid, caller: undefined, name: 'far' })
})

test('errors, maps, dates, buffers and loops arrive as what they were', async (t) => {
  const { runtime } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  const loop: { self?: unknown; n: number } = { n: 1 }
  loop.self = loop
  const back = (await ref.call.echo(loop)) as typeof loop
  expect(back.self).toBe(back)
  const value = {
    when: new Date(5),
    bytes: new Uint8Array([1, 2]),
    set: new Set([1]),
    big: 5n,
    none: undefined,
  }
  expect(await ref.call.echo(value)).toEqual(value)
  const error = Object.assign(new RangeError('too far', { cause: new TypeError('why') }), { metres: 7 })
  const returned = (await ref.call.echo({ error })) as { error: RangeError & { metres: number } }
  expect(returned.error).toBeInstanceOf(RangeError)
  expect(returned.error).toMatchObject({ message: 'too far', metres: 7, stack: error.stack })
  expect(returned.error.cause).toBeInstanceOf(TypeError)
})

test('what cannot be cloned is refused with the path to it: arguments, replies, casts, start arguments', async (t) => {
  const { runtime, reports } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  const call = (await failure(ref.call.echo({ a: [1, { b: () => 1 }] }))) as CallError
  expect(call).toMatchObject({ kind: 'not_cloneable', reason: { field: 'argument.a[1].b' } })
  const answer = (await failure(ref.call.opaque())) as CallError
  expect(answer).toMatchObject({ kind: 'not_cloneable', reason: { field: 'reply.list[0].run' } })
  expect(() => ref.cast.inc(Symbol('no') as never)).toThrow('argument is a symbol')
  runtime.send(ref.pid, { type: 'note', text: () => 1 })
  expect(reports.map(({ reason }) => (reason as Problem).field)).toEqual(['message.text'])
  const started = await failure(Threaded.start({ count: (() => 1) as never }, { runtime, thread }))
  expect(started).toMatchObject({ reason: { code: 'not_cloneable', field: 'start.args.count' } })
  expect(await ref.call.add(1)).toBe(1)
})

test('one message the port itself refuses does not take the others of its burst along', async (t) => {
  const { runtime, reports } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  const weak = failure(ref.call.echo(new WeakMap()))
  const fine = ref.call.add(1)
  runtime.send(ref.pid, new WeakMap())
  expect(await fine).toBe(1)
  expect(await weak).toMatchObject({ kind: 'not_cloneable' })
  expect(reports).toMatchObject([{ kind: 'unexpected_message', level: 'error' }])
})

test('the code in a thread sends by pid and by name, monitors, calls and kills outside', async (t) => {
  const { runtime, reports } = world(t)
  const mine = await inbox(runtime)
  runtime.register('mine', mine.pid)
  const inline = await Threaded.start({ count: 41 }, { runtime, name: 'inline' })
  const ref = await Threaded.start({ tell: 'mine' }, { runtime, thread })
  ref.cast.send({ to: 'mine', message: { by: ref.pid } })
  expect(await mine.next()).toEqual({ by: ref.pid })
  expect(await ref.call.ask('inline')).toBe(42)
  expect(await ref.call.ask(inline.pid)).toBe(43)
  ref.cast.watch(inline.pid)
  ref.cast.kill(inline.pid)
  expect(await mine.next()).toEqual({ down: 'killed', pid: inline.pid })
  ref.cast.watch('nobody')
  expect(await mine.next()).toMatchObject({ down: 'noproc' })
  ref.cast.send({ to: 'nobody', message: 'lost' })
  expect(await ref.call.add(0)).toBe(0)
  expect(reports).toMatchObject([{ reason: { code: 'unknown_name' } }])
})

test('a link out of a thread is refused, as it could not be kept', async (t) => {
  const { runtime } = world(t)
  const mine = await inbox(runtime)
  const ref = await Threaded.start({}, { runtime, thread })
  expect(await failure(ref.call.linked(mine.pid))).toMatchObject({ reason: { code: 'not_across_threads' } })
})

test('timers, the clock and the abort signal work in the thread', async (t) => {
  const { runtime } = world(t)
  const mine = await inbox(runtime)
  const ref = await Threaded.start({ tell: mine.pid }, { runtime, thread })
  ref.cast.tick()
  expect(await mine.next()).toBe('ticked')
  const before = runtime.clock.nowMs()
  const { nowMs, aborted } = await ref.call.time()
  expect(aborted).toBe(false)
  expect(Math.abs(nowMs - before)).toBeLessThan(60_000)
})

test('everything sent to one thread arrives in order, over many batches', async (t) => {
  const { runtime } = world(t)
  const ref = await Threaded.start({}, { runtime, thread })
  const answers: Promise<number>[] = []
  for (let n = 0; n < 10_000; n++) {
    ref.cast.inc(1)
    if (n % 100 === 0) answers.push(ref.call.add(0))
  }
  expect(await Promise.all(answers)).toEqual(answers.map((_, index) => index * 100 + 1))
  expect(runtime.processInfo(ref.pid)).toMatchObject({ messageQueueLength: 0, handled: 10_100 })
})

test('a bounded mailbox counts what is on its way to the thread', async (t) => {
  const { runtime } = world(t)
  const ref = await Narrow.start(undefined, { runtime, thread: { module, export: 'Narrow' } })
  const refused: unknown[] = []
  attach('narrow', MailboxOverflow, (_event, overflow) => refused.push(overflow))
  const answers = [ref.call.get(), ref.call.get(), failure(ref.call.get())]
  ref.cast.inc()
  expect(await Promise.all(answers)).toMatchObject([0, 0, { kind: 'overloaded' }])
  detach('narrow')
  expect(refused).toMatchObject([
    { pid: ref.pid, max: 2, waiting: 2, call: true },
    { pid: ref.pid, call: false },
  ])
  await ref.stop()
})

test('the state of a server that crashed in its thread is restored in the next one', async (t) => {
  const { runtime } = world(t)
  const options = { name: 'kept', thread: { module, export: 'Survivor' } }
  const children = [Survivor.child(1, options)]
  await Supervisor.startLink({ strategy: 'one_for_one', children, maxRestarts: 9 }, { runtime })
  const ref = Survivor.at('kept', runtime)
  const crash = async (count: number): Promise<unknown> => {
    await ref.call.set(count)
    const restarted = new Promise<void>((resolve) => {
      attach('kept', { name: 'otp.supervisor.restart' }, () => resolve())
    })
    ref.cast.boom()
    await restarted
    detach('kept')
    return ref.call.get()
  }
  expect(await crash(7)).toEqual({ count: 7, restored: 0 })
  expect(await crash(8)).toEqual({ count: 8, restored: 1 })
  expect(await crash(-1)).toEqual({ count: 1, restored: -1 })
  expect(await crash(9)).toEqual({ count: 9, restored: 0 })
})

test('impossible options are refused, naming the field', async (t) => {
  const { runtime } = world(t)
  const start = (changes: object): Promise<unknown> =>
    failure(Threaded.start({}, { runtime, thread: { ...thread, ...changes } }))
  expect(await start({ export: '' })).toMatchObject({ code: 'invalid_thread', field: 'thread.export' })
  expect(await start({ module: './x.ts' })).toMatchObject({ field: 'thread.module' })
  expect(await start({ rssMaxBytes: -1 })).toMatchObject({ field: 'thread.rssMaxBytes' })
  expect(await start({ export: 'Survivor' })).toMatchObject({ reason: { code: 'wrong_export' } })
  expect(await start({ module: 'file:///nowhere/at-all.js' })).toBeInstanceOf(StartError)
})
