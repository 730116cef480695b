import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attach, detach } from '../../kernel/index.ts'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  type ChildOptions,
  ChildRestarted,
  type ChildSpec,
  type Context,
  defineServer,
  type ExitReason,
  exit,
  failInit,
  GenServer,
  ignore,
  noreply,
  type Pid,
  type Runtime,
  reply,
  StartError,
  type Strategy,
  Supervisor,
  type SupervisorOptions,
  type SupervisorRef,
  stop,
  supervisionTree,
} from '../index.ts'

/** What the children of a test do and did; shared by all of their lives. */
interface Script {
  readonly log: string[]
  /** Answers `init` of a child, by id; undefined starts it. */
  readonly inits: Map<string, () => unknown>
}

const Actor = defineServer({
  name: 'actor',
  init: ({ id, script, trap }: { id: string; script: Script; trap: boolean }, ctx: Context) => {
    ctx.trapExit(trap)
    const refused = script.inits.get(id)?.()
    if (refused !== undefined) return refused as ReturnType<typeof ignore>
    script.log.push(`start ${id}`)
    return { id, script, stuck: false }
  },
  calls: {
    ping: (s) => reply('pong', s),
  },
  casts: {
    end: (s, reason: ExitReason) => stop(reason, s),
    stick: (s) => noreply({ ...s, stuck: true }),
  },
  terminate: (reason, s) => {
    s.script.log.push(`stop ${s.id} ${String(reason)}`)
    return s.stuck ? new Promise(() => {}) : undefined
  },
})

interface World extends ReturnType<typeof testRuntime> {
  readonly script: Script
  readonly log: string[]
  readonly child: (id: string, options?: ChildOptions) => ChildSpec
  readonly cast: (id: string, reason: ExitReason) => Promise<void>
  readonly pid: (id: string) => Pid | undefined
  readonly supervise: (options: Partial<SupervisorOptions>) => Promise<SupervisorRef>
}

const setup = (): World => {
  const world = testRuntime()
  const { runtime } = world
  const script: Script = { log: [], inits: new Map() }
  return {
    ...world,
    script,
    log: script.log,
    child: (id, options) => Actor.child({ id, script, trap: true }, { id, name: id, ...options }),
    pid: (id) => runtime.whereis(id),
    async cast(id, reason) {
      Actor.at(id, runtime).cast.end(reason)
      await settle()
    },
    supervise: (options) =>
      Supervisor.startLink({ strategy: 'one_for_one', children: [], ...options }, { runtime }),
  }
}

const take = (log: string[]): readonly string[] => log.splice(0)

// Starting

test('children start in order, each after the one before is ready, and stop in reverse', async () => {
  const { supervise, child, log } = setup()
  const sup = await supervise({ children: [child('a'), child('b'), child('c')] })
  expect(take(log)).toEqual(['start a', 'start b', 'start c'])
  await sup.stop('shutdown')
  expect(take(log)).toEqual(['stop c shutdown', 'stop b shutdown', 'stop a shutdown'])
})

test('when a child fails to start, those before it are stopped in reverse and the start says which', async () => {
  const { supervise, child, script, log, runtime } = setup()
  script.inits.set('c', () => failInit('no luck'))
  const children = [child('a'), child('b'), child('c'), child('d')]
  const error: unknown = await supervise({ children }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StartError)
  expect(error).toMatchObject({ reason: { shutdown: { failed_to_start_child: 'c', reason: 'no luck' } } })
  expect((error as Error).message).toBe('supervisor did not start: child c failed to start: no luck')
  expect(take(log)).toEqual(['start a', 'start b', 'stop b shutdown', 'stop a shutdown'])
  expect(runtime.processes()).toEqual([])
})

test('a child whose init declines is kept as stopped, a temporary one is dropped', async () => {
  const { supervise, child, script } = setup()
  script.inits.set('a', () => ignore())
  script.inits.set('b', () => ignore())
  const sup = await supervise({ children: [child('a'), child('b', { restart: 'temporary' })] })
  expect(await Supervisor.whichChildren(sup)).toEqual([{ id: 'a', pid: undefined, type: 'worker' }])
})

test.each([
  { wrong: 'a duplicate id', ids: ['a', 'a'], options: {}, message: 'id a' },
  { wrong: 'an empty id', ids: [''], options: {}, message: 'id ' },
  { wrong: 'a negative shutdown', ids: ['a'], options: { shutdown: -1 }, message: 'shutdown -1' },
  {
    wrong: 'significant but permanent',
    ids: ['a'],
    options: { significant: true },
    message: 'significant true',
  },
  {
    wrong: 'significant without autoShutdown',
    ids: ['a'],
    options: { significant: true, restart: 'transient' as const },
    message: 'significant true',
  },
])('$wrong is refused up front, naming the field', async ({ ids, options, message }) => {
  const { supervise, child, log } = setup()
  const children = ids.map((id) => child(id, options))
  await expect(supervise({ children })).rejects.toThrow(`a child spec cannot have ${message}`)
  expect(() => Supervisor.child({ strategy: 'one_for_one', children })).toThrow(message)
  expect(log).toEqual([])
})

test.each([
  { restart: 'always' },
  { shutdown: 'soon' },
  { shutdown: Number.NaN },
  { type: 'thing' },
  { id: 7 },
  { start: 'now' },
])('a child spec with %j is refused, naming field and value', async (wrong) => {
  const { supervise, child } = setup()
  const children = [{ ...child('a'), ...wrong } as unknown as ReturnType<typeof child>]
  const [[field, value]] = Object.entries(wrong) as [[string, unknown]]
  await expect(supervise({ children })).rejects.toMatchObject({ code: 'invalid_child_spec', field })
  await expect(supervise({ children })).rejects.toThrow(`cannot have ${field} ${String(value)}`)
})

test.each([
  { strategy: 'all' },
  { autoShutdown: 'always' },
  { maxRestarts: -1 },
  { maxRestarts: 0.5 },
  { maxSeconds: 0 },
])('a supervisor with %j is refused, naming field and value', async (wrong) => {
  const { supervise, child, log } = setup()
  const [[field, value]] = Object.entries(wrong) as [[string, unknown]]
  const started = supervise({ children: [child('a')], ...(wrong as object) })
  await expect(started).rejects.toMatchObject({ code: 'invalid_supervisor', field })
  await expect(started).rejects.toThrow(`cannot have ${field} ${String(value)}`)
  expect(log).toEqual([])
})

// Restarting

test.each([
  { restart: 'permanent', reason: 'normal', starts: 2 },
  { restart: 'permanent', reason: 'boom', starts: 2 },
  { restart: 'transient', reason: 'normal', starts: 1 },
  { restart: 'transient', reason: { shutdown: 'x' }, starts: 1 },
  { restart: 'transient', reason: 'boom', starts: 2 },
  { restart: 'temporary', reason: 'boom', starts: 1 },
] as const)('a $restart child that ends with $reason was started $starts times', async (row) => {
  const { supervise, child, cast, log } = setup()
  const sup = await supervise({ children: [child('a', { restart: row.restart })] })
  await cast('a', row.reason)
  expect(log.filter((line) => line === 'start a')).toHaveLength(row.starts)
  const known = await Supervisor.whichChildren(sup)
  expect(known.map(({ id }) => id)).toEqual(row.restart === 'temporary' ? [] : ['a'])
  expect(known.map(({ pid }) => pid !== undefined)).toEqual(
    row.restart === 'temporary' ? [] : [row.starts === 2],
  )
})

test.each([
  { strategy: 'one_for_one', log: ['start b'] },
  { strategy: 'one_for_all', log: ['stop c shutdown', 'stop a shutdown', 'start a', 'start b', 'start c'] },
  { strategy: 'rest_for_one', log: ['stop c shutdown', 'start b', 'start c'] },
] as const)('$strategy restarts whom it concerns, stopped in reverse and started in order', async (row) => {
  const { supervise, child, cast, log } = setup()
  await supervise({ strategy: row.strategy, children: [child('a'), child('b'), child('c')] })
  take(log)
  await cast('b', 'boom')
  expect(take(log)).toEqual(['stop b boom', ...row.log])
})

test('a group restart forgets temporary siblings and starts finished transient ones again', async () => {
  const { supervise, child, cast, log } = setup()
  const children = [child('t', { restart: 'temporary' }), child('f', { restart: 'transient' }), child('p')]
  const sup = await supervise({ strategy: 'one_for_all', children })
  await cast('f', 'normal')
  expect(take(log).slice(3)).toEqual(['stop f normal'])
  await cast('p', 'boom')
  expect(take(log)).toEqual(['stop p boom', 'stop t shutdown', 'start f', 'start p'])
  expect((await Supervisor.whichChildren(sup)).map(({ id }) => id)).toEqual(['p', 'f'])
})

test('the fourth restart within five seconds is one too many: all end, the supervisor with shutdown', async () => {
  const { supervise, child, cast, log, clock, runtime, reports } = setup()
  const sup = await supervise({ children: [child('a'), child('b')] })
  const watcher = await startProbe(runtime, { trap: true })
  watcher.ctx.monitor(sup.pid)
  for (let round = 0; round < 3; round++) {
    await cast('a', 'boom')
    await clock.advance(1_500)
  }
  expect(runtime.isAlive(sup.pid)).toBe(true)
  take(log)
  await cast('a', 'boom')
  expect(take(log)).toEqual(['stop a boom', 'stop b shutdown'])
  expect(watcher.messages).toMatchObject([{ reason: 'shutdown' }])
  expect(reports.at(-1)).toMatchObject({ kind: 'supervisor_gave_up', child: 'a' })
})

test('restarts older than the window do not count', async () => {
  const { supervise, child, cast, clock, runtime } = setup()
  const sup = await supervise({ children: [child('a')], maxRestarts: 1, maxSeconds: 10 })
  for (let round = 0; round < 5; round++) {
    await cast('a', 'boom')
    await clock.advance(10_001)
  }
  expect(runtime.isAlive(sup.pid)).toBe(true)
})

test('a group restart counts once, a normal exit of a permanent child counts, a temporary death does not', async () => {
  const { supervise, child, cast, runtime } = setup()
  const children = [child('a'), child('b'), child('t', { restart: 'temporary' })]
  const sup = await supervise({ strategy: 'one_for_all', children, maxRestarts: 2 })
  await cast('t', 'boom')
  await cast('a', 'normal')
  await cast('b', 'boom')
  expect(runtime.isAlive(sup.pid)).toBe(true)
  await cast('a', 'normal')
  expect(runtime.isAlive(sup.pid)).toBe(false)
})

test('a failing restart is tried again through the mailbox until the window is full', async () => {
  const { supervise, child, cast, script, log, runtime } = setup()
  const sup = await supervise({ children: [child('a')], maxRestarts: 10 })
  let failures = 4
  script.inits.set('a', () => (failures-- > 0 ? failInit('not yet') : undefined))
  await cast('a', 'boom')
  expect(take(log)).toEqual(['start a', 'stop a boom', 'start a'])
  failures = Number.POSITIVE_INFINITY
  await cast('a', 'boom')
  expect(runtime.isAlive(sup.pid)).toBe(false)
})

test('a restart whose init declines leaves the child stopped', async () => {
  const { supervise, child, cast, script } = setup()
  const sup = await supervise({ children: [child('a')] })
  script.inits.set('a', () => ignore())
  await cast('a', 'boom')
  expect(await Supervisor.whichChildren(sup)).toEqual([{ id: 'a', pid: undefined, type: 'worker' }])
})

test('a supervisor that gives up is restarted by its parent if permanent, not if transient', async () => {
  for (const restart of ['permanent', 'transient'] as const) {
    const { supervise, child, cast, log } = setup()
    const inner = Supervisor.child({
      id: 'inner',
      restart,
      strategy: 'one_for_one',
      maxRestarts: 0,
      children: [child('a')],
    })
    const outer = await supervise({ children: [inner] })
    take(log)
    await cast('a', 'boom')
    expect(take(log)).toEqual(restart === 'permanent' ? ['stop a boom', 'start a'] : ['stop a boom'])
    expect(await Supervisor.countChildren(outer)).toMatchObject({ specs: 1, supervisors: 1 })
  }
})

test('every restart is an event that tells supervisor, child, reason and count', async () => {
  const { child, cast, runtime } = setup()
  const events: object[] = []
  attach('test.restarts', ChildRestarted, (_event, restarted) => events.push(restarted))
  const options = { name: 'top', strategy: 'one_for_one', children: [child('a')] } as const
  await Supervisor.startLink(options, { runtime })
  await cast('a', 'boom')
  await cast('a', 'again')
  detach('test.restarts')
  expect(events).toEqual([
    { supervisor: 'top', child: 'a', reason: 'boom', restarts: 1 },
    { supervisor: 'top', child: 'a', reason: 'again', restarts: 2 },
  ])
})

test('backoff doubles the pause up to its limit, and starts over after a stable life', async () => {
  const { supervise, child, cast, clock, pid } = setup()
  const backoff = { initialMs: 100, maxMs: 300, stableMs: 10_000 }
  await supervise({ children: [child('a', { backoff })], maxRestarts: 100 })
  const pauses: number[] = []
  const crash = async (): Promise<void> => {
    await cast('a', 'boom')
    let waitedMs = 0
    for (; !pid('a'); waitedMs += 10) await clock.advance(10)
    pauses.push(waitedMs)
  }
  for (let round = 0; round < 4; round++) await crash()
  await clock.advance(10_000)
  await crash()
  // Without chance, the jitter halves each pause.
  expect(pauses).toEqual([50, 100, 150, 150, 50])
})

// Stopping

test('a child that does not end in its time is killed; brutal_kill does not ask', async () => {
  const { supervise, child, log, clock, runtime, reports } = setup()
  const children = [child('slow', { shutdown: 1_000 }), child('brute', { shutdown: 'brutal_kill' })]
  const sup = await supervise({ children })
  GenServer.cast('slow', 'stick', undefined, { runtime })
  take(log)
  const stopped = sup.stop('shutdown')
  await clock.advance(999)
  expect(log).toEqual(['stop slow shutdown'])
  expect(runtime.isAlive(sup.pid)).toBe(true)
  await clock.advance(1)
  await stopped
  expect(reports).toMatchObject([{ kind: 'child_shutdown_failed', child: 'slow', reason: 'killed' }])
  expect(clock.pending).toBe(0)
})

test('the exit of a sibling while the supervisor stops causes no restart', async () => {
  const { supervise, child, log, clock, runtime } = setup()
  const sup = await supervise({ children: [child('a'), child('slow', { shutdown: 1_000 })] })
  GenServer.cast('slow', 'stick', undefined, { runtime })
  await settle()
  take(log)
  const stopped = sup.stop('shutdown')
  await settle()
  Actor.at('a', runtime).cast.end('by itself')
  await clock.advance(1_000)
  await stopped
  expect(take(log)).toEqual(['stop slow shutdown', 'stop a by itself'])
})

test('when a supervisor is killed its children fall through their links', async () => {
  const { supervise, child, log, runtime } = setup()
  const sup = await supervise({ children: [child('a')] })
  take(log)
  runtime.exit(sup.pid, 'kill')
  await settle()
  expect(take(log)).toEqual(['stop a killed'])
  expect(runtime.processes()).toEqual([])
})

test('a child that unlinked itself is still stopped in an orderly way', async () => {
  const { supervise, runtime, log } = setup()
  const Loose = defineServer({
    name: 'loose',
    init: (_none: undefined, ctx: Context) => {
      ctx.trapExit(true)
      ctx.unlink(ctx.ancestors[0] as Pid)
      return {}
    },
    terminate: (reason) => void log.push(`stop loose ${String(reason)}`),
  })
  const sup = await supervise({ children: [Loose.child()] })
  await sup.stop('shutdown')
  expect(log).toEqual(['stop loose shutdown'])
  expect(runtime.processes()).toEqual([])
})

test('a supervisor killed while it waits for a child does nothing more', async () => {
  const { supervise, child, script, log, runtime } = setup()
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  script.inits.set('b', () => gate.then(() => ({ id: 'b', script, stuck: false })))
  const started = supervise({ children: [child('a'), child('b'), child('c')] }).catch(
    (error: unknown) => error,
  )
  await settle()
  const [sup] = runtime.processes().filter((pid) => runtime.processInfo(pid)?.module === 'supervisor')
  runtime.exit(sup as Pid, 'kill')
  open()
  await settle()
  expect(await started).toMatchObject({ kind: 'failed', reason: 'killed' })
  // b learns of it when its init is done; c is never started.
  expect(log).toEqual(['start a', 'stop a killed', 'stop b killed'])
  expect(runtime.processes()).toEqual([])
})

test('signals of strangers and junk change nothing; an unknown cast is the end', async () => {
  const { supervise, child, runtime, log } = setup()
  const sup = await supervise({ children: [child('a')] })
  const stranger = await startProbe(runtime)
  stranger.ctx.exit(sup.pid, 'boo')
  runtime.send(sup.pid, 'junk')
  expect(await Supervisor.countChildren(sup)).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 })
  take(log)
  GenServer.cast(sup, 'nonsense')
  await settle()
  expect(take(log)).toEqual(['stop a shutdown'])
})

// autoShutdown

test.each([
  { autoShutdown: 'any_significant', after: ['a'] },
  { autoShutdown: 'all_significant', after: ['a', 'b'] },
] as const)('$autoShutdown ends the supervisor after $after have ended by themselves', async (row) => {
  const { supervise, child, cast, runtime } = setup()
  const options = { significant: true, restart: 'transient' } as const
  const children = [child('a', options), child('b', options), child('c', { restart: 'transient' })]
  const sup = await supervise({ autoShutdown: row.autoShutdown, children })
  await cast('c', 'normal')
  for (const id of row.after) {
    expect(runtime.isAlive(sup.pid)).toBe(true)
    await cast(id, 'normal')
  }
  expect(runtime.isAlive(sup.pid)).toBe(false)
})

test('a significant child that somebody terminates, or that is restarted, ends nothing', async () => {
  const { supervise, child, cast, runtime } = setup()
  const children = [child('a', { significant: true, restart: 'transient' })]
  const sup = await supervise({ autoShutdown: 'any_significant', children })
  await cast('a', 'boom')
  await Supervisor.terminateChild(sup, 'a')
  expect(runtime.isAlive(sup.pid)).toBe(true)
})

// The functions

test('startChild starts, refuses what is there, and keeps nothing that failed', async () => {
  const { supervise, child, script, pid } = setup()
  const sup = await supervise({})
  expect(await Supervisor.startChild(sup, child('a'))).toEqual({ ok: true, value: pid('a') })
  expect(await Supervisor.startChild(sup, child('a'))).toMatchObject({
    reason: 'already_started',
    pid: pid('a'),
  })
  await Supervisor.terminateChild(sup, 'a')
  expect(await Supervisor.startChild(sup, child('a'))).toMatchObject({ ok: false, reason: 'already_present' })
  script.inits.set('b', () => exit('no luck'))
  expect(await Supervisor.startChild(sup, child('b'))).toMatchObject({
    reason: 'start_failed',
    cause: 'no luck',
  })
  expect(await Supervisor.startChild(sup, child('c', { shutdown: -1 }))).toMatchObject({
    reason: 'invalid_child_spec',
  })
  expect((await Supervisor.whichChildren(sup)).map(({ id }) => id)).toEqual(['a'])
})

test('a name taken elsewhere is told with its holder', async () => {
  const { supervise, child, pid } = setup()
  const sup = await supervise({ children: [child('a')] })
  const result = await Supervisor.startChild(sup, child('a', { id: 'other', name: 'a' }))
  expect(result).toMatchObject({ reason: 'already_started', pid: pid('a') })
})

test('terminateChild is idempotent, keeps the spec and costs no restart', async () => {
  const { supervise, child, log } = setup()
  const sup = await supervise({
    children: [child('a'), child('t', { restart: 'temporary' })],
    maxRestarts: 0,
  })
  take(log)
  for (const id of ['a', 'a', 't'])
    expect(await Supervisor.terminateChild(sup, id)).toMatchObject({ ok: true })
  expect(take(log)).toEqual(['stop a shutdown', 'stop t shutdown'])
  expect(await Supervisor.terminateChild(sup, 't')).toMatchObject({ ok: false, reason: 'not_found' })
  expect(await Supervisor.countChildren(sup)).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 })
})

test('restartChild and deleteChild work on stopped children only', async () => {
  const { supervise, child, pid } = setup()
  const sup = await supervise({ children: [child('a')] })
  expect(await Supervisor.restartChild(sup, 'a')).toMatchObject({ reason: 'running' })
  expect(await Supervisor.deleteChild(sup, 'a')).toMatchObject({ reason: 'running' })
  expect(await Supervisor.restartChild(sup, 'x')).toMatchObject({ reason: 'not_found' })
  await Supervisor.terminateChild(sup, 'a')
  expect(await Supervisor.restartChild(sup, 'a')).toEqual({ ok: true, value: pid('a') })
  await Supervisor.terminateChild(sup, 'a')
  expect(await Supervisor.deleteChild(sup, 'a')).toMatchObject({ ok: true })
  expect(await Supervisor.whichChildren(sup)).toEqual([])
})

test('whichChildren lists the last started first, and tells a child that is being restarted', async () => {
  const { supervise, child, cast, pid } = setup()
  const backoff = { initialMs: 100, maxMs: 100 }
  const sup = await supervise({ children: [child('a'), child('b', { backoff })] })
  await cast('b', 'boom')
  expect(await Supervisor.whichChildren(sup)).toEqual([
    { id: 'b', pid: 'restarting', type: 'worker' },
    { id: 'a', pid: pid('a'), type: 'worker' },
  ])
  expect(await Supervisor.restartChild(sup, 'b')).toMatchObject({ reason: 'restarting' })
  expect(await Supervisor.getChildSpec(sup, 'b')).toMatchObject({
    id: 'b',
    restart: 'permanent',
    shutdown: 5_000,
  })
})

// The tree

const names = async (runtime: Runtime, sup: SupervisorRef): Promise<unknown> => {
  const { children = [] } = await supervisionTree(runtime, sup)
  return children.map(({ id, status, restarts, kind }) => ({ id, status, restarts, kind }))
}

test('the tree is read from the living processes, with restarts and messages handled', async () => {
  const { supervise, child, cast, runtime } = setup()
  const inner = Supervisor.child({ id: 'inner', strategy: 'one_for_one', children: [child('deep')] })
  const sup = await supervise({ children: [child('a'), child('gone', { restart: 'transient' }), inner] })
  await cast('a', 'boom')
  await cast('gone', 'normal')
  expect(await names(runtime, sup)).toEqual([
    { id: 'a', status: 'running', restarts: 1, kind: 'worker' },
    { id: 'gone', status: 'stopped', restarts: 0, kind: 'worker' },
    { id: 'inner', status: 'running', restarts: 0, kind: 'supervisor' },
  ])
  const tree = await supervisionTree(runtime, sup)
  expect(tree.children?.at(2)?.children).toMatchObject([{ id: 'deep', name: 'deep', module: 'actor' }])
  await Actor.at('a', runtime).call.ping()
  expect((await supervisionTree(runtime, sup)).children?.[0]).toMatchObject({ handled: 1, mailbox: 0 })
  await expect(supervisionTree(runtime, 'nobody')).rejects.toThrow('no process "nobody"')
})

// Laws

const strategies: readonly Strategy[] = ['one_for_one', 'one_for_all', 'rest_for_one']

test('property: whatever crashes, in the end every child lives once and the start order is kept', async () => {
  const crashes = fc.array(fc.nat(4), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...strategies), crashes, async (strategy, victims) => {
      const { supervise, child, pid, log, runtime } = setup()
      const ids = ['a', 'b', 'c', 'd', 'e']
      await supervise({ strategy, children: ids.map((id) => child(id)), maxRestarts: 1_000 })
      take(log)
      for (const victim of victims) {
        const target = pid(ids[victim] ?? '')
        if (target) runtime.exit(target, 'kill')
        if (victim % 2 === 0) await settle()
      }
      await settle()
      expect(ids.filter((id) => pid(id))).toEqual(ids)
      expect(runtime.processes()).toHaveLength(ids.length + 1)
      if (strategy === 'one_for_all')
        expect(log.filter((line) => line.startsWith('start')).slice(-5)).toEqual(
          ids.map((id) => `start ${id}`),
        )
    }),
    { numRuns: 60 },
  )
})

test('property: the window lets through as many restarts as it says, at any rhythm', async () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 15 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4 }), gaps, async (maxRestarts, pauses) => {
      const { supervise, child, cast, clock, runtime } = setup()
      const sup = await supervise({ children: [child('a')], maxRestarts, maxSeconds: 5 })
      const crashedMs: number[] = []
      let expected = true
      for (const pause of pauses) {
        await clock.advance(pause)
        crashedMs.push(clock.monotonicMs())
        const recent = crashedMs.filter((atMs) => clock.monotonicMs() - atMs <= 5_000)
        expected &&= recent.length <= maxRestarts
        await cast('a', 'boom')
        expect(runtime.isAlive(sup.pid)).toBe(expected)
      }
    }),
    { numRuns: 60 },
  )
})

test('children hear shutdown, whatever ends their supervisor', async () => {
  for (const reason of ['normal', 'boom', { shutdown: 'moved' }]) {
    const { supervise, child, log } = setup()
    const sup = await supervise({ children: [child('a')] })
    take(log)
    await sup.stop(reason)
    expect(take(log)).toEqual(['stop a shutdown'])
  }
})

test('a child spec says what OTP says when nothing is said', () => {
  const worker = Actor.child({ id: 'a', script: { log: [], inits: new Map() }, trap: false })
  expect(worker).toMatchObject({ id: 'actor', restart: 'permanent', shutdown: 5_000, type: 'worker' })
  const nested = Supervisor.child({ strategy: 'one_for_one', children: [] })
  expect(nested).toMatchObject({ restart: 'permanent', shutdown: 'infinity', type: 'supervisor' })
})
