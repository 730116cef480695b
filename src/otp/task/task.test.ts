import { expect, test } from 'vitest'
import { type Probe, settle, startProbe, testRuntime } from '../../testing/index.ts'
import {
  CallError,
  type Context,
  DynamicSupervisor,
  defineServer,
  exit,
  noreply,
  reply,
  Task,
  type Task as TaskOf,
  TaskSupervisor,
} from '../index.ts'

const setup = async (options: { readonly trap?: boolean; readonly maxChildren?: number } = {}) => {
  const world = testRuntime()
  const { runtime } = world
  const owner = await startProbe(runtime, options)
  const sup = await TaskSupervisor.startLink({ maxChildren: options.maxChildren }, { runtime })
  return { ...world, owner, sup }
}

const never = (): Promise<never> => new Promise(() => {})

const types = ({ messages }: Probe): readonly unknown[] =>
  messages.map((message) => (message as { readonly type: string }).type)

test('a task runs beside its owner and its result is awaited', async () => {
  const { owner } = await setup()
  const task = Task.async(owner.ctx, async ({ self }) => self.id)
  expect(await Task.await(task)).toBe(task.pid.id)
  await settle()
  expect(owner.messages).toEqual([])
})

test('from outside of every process the runtime owns the task', async () => {
  const { runtime } = await setup()
  expect(await Task.await(Task.async(runtime, () => 7))).toBe(7)
})

test('the crash of a task takes a plain owner down; one that traps gets an EXIT and await fails', async () => {
  for (const trap of [false, true]) {
    const { owner, runtime } = await setup({ trap })
    const task = Task.async(owner.ctx, () => exit('boom'))
    const awaited = Task.await(task).catch((error: unknown) => error)
    await settle()
    expect(runtime.isAlive(owner.pid)).toBe(trap)
    if (!trap) continue
    expect(await awaited).toMatchObject({ kind: 'exit', reason: 'boom' })
    expect(types(owner)).toEqual(['EXIT'])
  }
})

test('the crash of an owner ends its tasks, its normal end does not', async () => {
  const { runtime } = await setup()
  const tasks: TaskOf<never>[] = []
  for (const reason of ['boom', 'normal']) {
    runtime.spawn((ctx) => {
      tasks.push(Task.async(ctx, never))
      exit(reason)
    })
  }
  await settle()
  expect(tasks.map(({ pid }) => runtime.isAlive(pid))).toEqual([false, true])
})

test('await fails after 5 seconds, and the task works on', async () => {
  const { owner, runtime, clock } = await setup()
  const task = Task.async(owner.ctx, never)
  const awaited = Task.await(task).catch((error: unknown) => error)
  await clock.advance(5_000)
  expect(await awaited).toBeInstanceOf(CallError)
  expect(await awaited).toMatchObject({ kind: 'timeout' })
  expect(runtime.isAlive(task.pid)).toBe(true)
})

test('yield tells what is there and may be asked again', async () => {
  const { owner, runtime, clock } = await setup()
  const task = Task.async(owner.ctx, (ctx) => ctx.receive())
  const early = Task.yield(task, 100)
  await clock.advance(100)
  expect(await early).toBeUndefined()
  runtime.send(task.pid, 'now')
  expect(await Task.yield(task, 100)).toEqual({ ok: true, value: 'now' })
})

test('shutdown gives a result that was there, the reason of an own crash, or nothing', async () => {
  const { owner } = await setup({ trap: true })
  const done = Task.async(owner.ctx, () => 1)
  const crashed = Task.async(owner.ctx, () => exit('boom'))
  const endless = Task.async(owner.ctx, never)
  const stubborn = Task.async(owner.ctx, (ctx) => {
    ctx.trapExit(true)
    return never()
  })
  await settle()
  expect(await Task.shutdown(done)).toEqual({ ok: true, value: 1 })
  expect(await Task.shutdown(crashed)).toEqual({ ok: false, exit: 'boom' })
  expect(await Task.shutdown(endless)).toBeUndefined()
  expect(await Task.shutdown(stubborn, 'brutal_kill')).toBeUndefined()
})

test('many tasks are awaited in order within one deadline, and the first failure fails all', async () => {
  const { owner, clock } = await setup({ trap: true })
  const tasks = [1, 2, 3].map((n) => Task.async(owner.ctx, async () => n))
  expect(await Task.awaitMany(tasks)).toEqual([1, 2, 3])
  const mixed = [Task.async(owner.ctx, never), Task.async(owner.ctx, () => exit('boom'))]
  await expect(Task.awaitMany(mixed)).rejects.toMatchObject({ reason: 'boom' })
  const some = [Task.async<unknown>(owner.ctx, never), Task.async<unknown>(owner.ctx, () => 2)]
  const yielded = Task.yieldMany(some, 50)
  await clock.advance(50)
  expect(await yielded).toEqual([undefined, { ok: true, value: 2 }])
})

test('only the owner may await a task', async () => {
  const { owner, runtime, reports } = await setup()
  const task = Task.async(owner.ctx, never)
  runtime.spawn(() => Task.await(task))
  await settle()
  expect(reports).toMatchObject([{ reason: { code: 'not_owner' } }])
})

test('a result that nobody awaits arrives as TASK, then the end as DOWN; a crash only as DOWN', async () => {
  const { owner, sup } = await setup()
  const done = await TaskSupervisor.asyncNolink(owner.ctx, sup, () => 'done')
  await settle()
  const crashed = await TaskSupervisor.asyncNolink(owner.ctx, sup, () => exit('boom'))
  await settle()
  expect(owner.messages).toEqual([
    { type: 'TASK', ref: done.ref, value: 'done' },
    { type: 'DOWN', ref: done.ref, pid: done.pid, name: undefined, reason: 'normal' },
    { type: 'DOWN', ref: crashed.ref, pid: crashed.pid, name: undefined, reason: 'boom' },
  ])
})

test('a server gets the result of its task in info, without blocking', async () => {
  const { runtime, sup } = await setup()
  const Asker = defineServer({
    name: 'asker',
    init: () => ({ results: [] as unknown[] }),
    calls: { results: (s) => reply(s.results, s) },
    casts: {
      ask: async (s, n: number, ctx: Context) => {
        await TaskSupervisor.asyncNolink(ctx, sup, () => n * 2)
        return noreply(s)
      },
    },
    info: {
      TASK: (s, { value }) => noreply({ results: [...s.results, value] }),
      DOWN: (s) => noreply(s),
    },
  })
  const ref = await Asker.start(undefined, { runtime })
  ref.cast.ask(21)
  await settle()
  expect(await ref.call.results()).toEqual([42])
})

test('a supervised task is a temporary child, linked to its owner only when asked for', async () => {
  const { owner, sup, runtime } = await setup()
  const linked = await TaskSupervisor.async(owner.ctx, sup, never)
  const free = await TaskSupervisor.asyncNolink(owner.ctx, sup, never)
  expect(await DynamicSupervisor.countChildren(sup)).toMatchObject({ active: 2 })
  runtime.exit(owner.pid, 'boom')
  await settle()
  expect([linked, free].map(({ pid }) => runtime.isAlive(pid))).toEqual([false, true])
  expect(await DynamicSupervisor.countChildren(sup)).toMatchObject({ specs: 1, active: 1 })
  await sup.stop('shutdown')
  expect(runtime.isAlive(free.pid)).toBe(false)
})

test('a full supervisor refuses: async rejects, startChild returns the reason', async () => {
  const { owner, sup } = await setup({ maxChildren: 1 })
  await TaskSupervisor.async(owner.ctx, sup, never)
  await expect(TaskSupervisor.async(owner.ctx, sup, never)).rejects.toMatchObject({ code: 'max_children' })
  expect(await TaskSupervisor.startChild(sup, never)).toMatchObject({ ok: false, reason: 'max_children' })
})

test('only startChild can ask for restarts', async () => {
  const { sup } = await setup()
  let runs = 0
  const body = (): void => {
    runs++
    if (runs < 3) exit('boom')
  }
  await TaskSupervisor.startChild(sup, body, { restart: 'transient' })
  await settle()
  expect(runs).toBe(3)
  expect(await DynamicSupervisor.countChildren(sup)).toMatchObject({ specs: 0 })
})

test('yieldMany is content with as many as it was told, and ignores or kills the rest on request', async () => {
  const { owner, runtime, clock } = await setup()
  const start = () => [Task.async(owner.ctx, () => 1), Task.async(owner.ctx, never)] as const
  expect(await Task.yieldMany(start(), { limit: 1 })).toEqual([{ ok: true, value: 1 }, undefined])
  for (const onTimeout of ['ignore', 'kill_task'] as const) {
    const tasks = start()
    const outcomes = Task.yieldMany<number>(tasks, { timeoutMs: 100, onTimeout })
    await clock.advance(100)
    expect(await outcomes).toEqual([{ ok: true, value: 1 }, undefined])
    expect(runtime.isAlive(tasks[1].pid)).toBe(onTimeout === 'ignore')
  }
  expect(owner.messages).toEqual([])
})

test('an ignored task works on, unlinked, and is heard of no more', async () => {
  const { owner, runtime } = await setup()
  let crash: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    crash = resolve
  })
  const task = Task.async(owner.ctx, async () => {
    await gate
    exit('boom')
  })
  expect([Task.ignore(task), Task.ignore(Task.completed(owner.ctx, 7))]).toEqual([
    undefined,
    { ok: true, value: 7 },
  ])
  expect(runtime.isAlive(task.pid)).toBe(true)
  crash()
  await settle()
  expect([runtime.isAlive(owner.pid), runtime.isAlive(task.pid), owner.messages]).toEqual([true, false, []])
})

test('a completed task is awaited like any other', async () => {
  const { owner, runtime } = await setup()
  const task = Task.completed(owner.ctx, 7)
  expect(await Task.awaitMany([task, Task.async(owner.ctx, () => 8)])).toEqual([7, 8])
  expect(runtime.isAlive(task.pid)).toBe(false)
})

test('work nobody waits for crashes with its owner only when linked', async () => {
  const { owner, runtime } = await setup()
  Task.start(owner.ctx, () => exit('boom'))
  await settle()
  expect(runtime.isAlive(owner.pid)).toBe(true)
  Task.startLink(owner.ctx, () => exit('boom'))
  await settle()
  expect(runtime.isAlive(owner.pid)).toBe(false)
})

test('a task knows who asked for it, through all tasks in between', async () => {
  const { owner, sup } = await setup()
  const nested = await TaskSupervisor.async(owner.ctx, sup, async (ctx) => {
    return { outer: ctx.self, callers: await Task.await(Task.async(ctx, (inner) => inner.callers)) }
  })
  const { outer, callers } = await Task.await(nested)
  expect(callers).toEqual([outer, owner.pid])
  expect(owner.ctx.callers).toEqual([])
})

test('what a task says after its owner waited in vain is dropped', async () => {
  const { owner, clock, runtime } = await setup()
  let finish: (value: number) => void = () => {}
  const late = new Promise<number>((resolve) => {
    finish = resolve
  })
  const task = Task.async(owner.ctx, () => late)
  const awaited = Task.await(task, 100).catch((error: unknown) => (error as CallError).kind)
  await clock.advance(100)
  expect([await awaited, runtime.isAlive(task.pid)]).toEqual(['timeout', true])
  finish(7)
  await settle()
  expect([runtime.isAlive(task.pid), owner.messages]).toEqual([false, []])
})
