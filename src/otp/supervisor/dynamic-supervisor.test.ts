import { expect, test } from 'vitest'
import { settle, testRuntime } from '../../testing/index.ts'
import {
  type ChildOptions,
  type ChildSpec,
  type Context,
  DynamicSupervisor,
  defineServer,
  type ExitReason,
  failInit,
  ignore,
  noreply,
  type Pid,
  type StartChildResult,
  stop,
} from '../index.ts'

const setup = async (options: { readonly maxChildren?: number; readonly maxRestarts?: number } = {}) => {
  const world = testRuntime()
  const { runtime } = world
  const log: string[] = []
  const inits: unknown[] = []
  const Worker = defineServer({
    name: 'worker',
    init: (id: string, ctx: Context) => {
      ctx.trapExit(true)
      log.push(`start ${id}`)
      return (inits.shift() ?? { id, stuck: false }) as { id: string; stuck: boolean }
    },
    casts: { end: (s, reason: ExitReason) => stop(reason, s), stick: (s) => noreply({ ...s, stuck: true }) },
    terminate: (reason, s) => {
      log.push(`stop ${s.id} ${String(reason)}`)
      return s.stuck ? new Promise(() => {}) : undefined
    },
  })
  const sup = await DynamicSupervisor.startLink(options, { runtime })
  const start = async (id: string, child: ChildOptions = {}): Promise<StartChildResult> =>
    DynamicSupervisor.startChild(sup, Worker.child(id, child))
  const started = async (id: string, child: ChildOptions = {}): Promise<Pid> => {
    const result = await start(id, child)
    return result.ok && result.value ? result.value : expect.fail('it did not start')
  }
  const end = async (pid: Pid, reason: ExitReason): Promise<void> => {
    Worker.at(pid).cast.end(reason)
    await settle()
  }
  return { ...world, sup, log, inits, start, started, end, stick: (pid: Pid) => Worker.at(pid).cast.stick() }
}

test('children are known by their pid; after a restart the old pid is not found', async () => {
  const { sup, started, end, log } = await setup()
  const [a, b] = [await started('a'), await started('a')]
  await end(a, 'boom')
  expect(log).toEqual(['start a', 'start a', 'stop a boom', 'start a'])
  expect(await DynamicSupervisor.terminateChild(sup, a)).toMatchObject({ ok: false, reason: 'not_found' })
  expect(await DynamicSupervisor.terminateChild(sup, b)).toMatchObject({ ok: true })
  expect(await DynamicSupervisor.countChildren(sup)).toEqual({
    specs: 1,
    active: 1,
    supervisors: 0,
    workers: 1,
  })
})

test('maxChildren counts the running and the restarting, not those who declined', async () => {
  const { sup, start, started, inits, end } = await setup({ maxChildren: 2 })
  inits.push(ignore())
  expect(await start('declines')).toEqual({ ok: true, value: undefined })
  const restarting = await started('a', { backoff: { initialMs: 1_000, maxMs: 1_000 } })
  await started('b')
  await end(restarting, 'boom')
  expect(await start('c')).toMatchObject({ ok: false, reason: 'max_children' })
  expect((await DynamicSupervisor.whichChildren(sup)).map(({ pid }) => pid)).toContain('restarting')
})

test('a failed start is told and not kept', async () => {
  const { sup, start, inits } = await setup()
  inits.push(failInit('no luck'))
  expect(await start('a')).toMatchObject({ ok: false, reason: 'start_failed', cause: 'no luck' })
  const spec: ChildSpec = {
    id: 'rejects',
    start: () => Promise.reject(new Error('bug')),
    restart: 'permanent',
    shutdown: 1,
    type: 'worker',
    significant: false,
  }
  expect(await DynamicSupervisor.startChild(sup, spec)).toMatchObject({ reason: 'start_failed' })
  expect(await DynamicSupervisor.whichChildren(sup)).toEqual([])
})

test('a restart whose init declines removes the child, unlike in a supervisor', async () => {
  const { sup, started, inits, end } = await setup()
  const pid = await started('a')
  inits.push(ignore())
  await end(pid, 'boom')
  expect(await DynamicSupervisor.whichChildren(sup)).toEqual([])
})

test('a restart that fails is tried again until the window is full', async () => {
  const { sup, started, inits, end, runtime } = await setup({ maxRestarts: 3 })
  const pid = await started('a')
  inits.push(failInit('not yet'), failInit('not yet'))
  await end(pid, 'boom')
  const [child] = await DynamicSupervisor.whichChildren(sup)
  inits.push(failInit('never'), failInit('never'))
  await end(child?.pid as Pid, 'boom')
  expect(runtime.isAlive(sup.pid)).toBe(false)
})

test('all children are stopped at once, each with its own time', async () => {
  const { sup, started, stick, log, clock, runtime } = await setup()
  const slow = await started('slow', { shutdown: 1_000 })
  const slower = await started('slower', { shutdown: 2_000 })
  await started('quick')
  stick(slow)
  stick(slower)
  await settle()
  log.length = 0
  const stopped = sup.stop('shutdown')
  await settle()
  expect(log).toEqual(['stop slow shutdown', 'stop slower shutdown', 'stop quick shutdown'])
  await clock.advance(1_000)
  expect([slow, slower].map((pid) => runtime.isAlive(pid))).toEqual([false, true])
  await clock.advance(1_000)
  await stopped
  expect(runtime.processes()).toEqual([])
})

test('a significant child is refused', async () => {
  const { start } = await setup()
  const result = await start('a', { significant: true, restart: 'transient' })
  expect(result).toMatchObject({ ok: false, reason: 'invalid_child_spec' })
})

test('limits that are none are refused up front', async () => {
  for (const wrong of [{ maxChildren: -1 }, { maxRestarts: 1.5 }, { maxSeconds: -5 }]) {
    await expect(DynamicSupervisor.startLink(wrong)).rejects.toMatchObject({ code: 'invalid_supervisor' })
    expect(() => DynamicSupervisor.child(wrong)).toThrow('cannot have max')
  }
})
