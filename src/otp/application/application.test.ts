import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { settle, testRuntime } from '../../testing/index.ts'
import {
  type Application,
  type ApplicationSource,
  defineApplication,
  defineServer,
  exit,
  type Program,
  type ProgramListener,
  runApplications,
  Supervisor,
  startApplications,
} from '../index.ts'

const Worker = defineServer({
  name: 'worker',
  init: ({ log, name }: { log: string[]; name: string }, ctx) => {
    ctx.trapExit(true)
    log.push(`${name} starts`)
    return { log, name }
  },
  terminate: (reason, { log, name }) => {
    log.push(`${name} ends: ${String(reason)}`)
  },
})

const setup = () => {
  const world = testRuntime()
  const log: string[] = []
  const application = (
    name: string,
    dependencies: readonly Application[] = [],
    more: Partial<ApplicationSource<undefined>> = {},
  ): Application =>
    defineApplication<undefined>({
      name,
      dependencies,
      start: (_config, place) =>
        Supervisor.startLink(
          { strategy: 'one_for_one', maxRestarts: 0, children: [Worker.child({ log, name }, { name })] },
          place,
        ),
      ...more,
    })
  const listeners: ProgramListener[] = []
  const program: Program = {
    listen(listener) {
      listeners.push(listener)
      return () => listeners.splice(listeners.indexOf(listener), 1)
    },
    exit: (code) => log.push(`exit ${code}`),
  }
  return { ...world, log, application, program, listeners }
}

test('applications start after what they depend on, once each, and stop in reverse', async () => {
  const { application, log, runtime } = setup()
  const db = application('db')
  const cache = application('cache', [db])
  const web = application('web', [cache, db])
  const running = await startApplications([web, db], { runtime })
  expect(await running.running()).toEqual(['db', 'cache', 'web'])
  await running.stop()
  await running.stop()
  expect(log).toEqual([
    'db starts',
    'cache starts',
    'web starts',
    'web ends: shutdown',
    'cache ends: shutdown',
    'db ends: shutdown',
  ])
  expect(await running.ended).toBe('shutdown')
})

test('the configuration is read once, at boot, and handed to start and to the hooks', async () => {
  const { runtime, log } = setup()
  const application = defineApplication({
    name: 'configured',
    config: async () => {
      log.push('read')
      return { port: 7 }
    },
    start: ({ port }, place) => {
      log.push(`start ${port}`)
      return Supervisor.startLink({ strategy: 'one_for_one', children: [] }, place)
    },
    prepStop: ({ port }) => log.push(`prepare ${port}`),
    stop: ({ port }) => log.push(`stop ${port}`),
  })
  const running = await startApplications([application], { runtime })
  await running.stop()
  expect(log).toEqual(['read', 'start 7', 'prepare 7', 'stop 7'])
})

test('when one fails to start, those before it are stopped in reverse and the error names it', async () => {
  const { application, log, runtime } = setup()
  const a = application('a')
  const b = application('b', [a])
  const broken = application('broken', [b], { config: () => exit('no config') })
  await expect(startApplications([broken], { runtime })).rejects.toMatchObject({
    reason: { shutdown: { failed_to_start_application: 'broken', reason: 'no config' } },
  })
  expect(log.slice(2)).toEqual(['b ends: shutdown', 'a ends: shutdown'])
})

test('circles and two applications of one name are refused before anything starts', async () => {
  const { application, log, runtime } = setup()
  const needs: Application[] = []
  const a = application('a', needs)
  needs.push(application('b', [a]))
  await expect(startApplications([a], { runtime })).rejects.toMatchObject({ code: 'invalid_applications' })
  const twins = [application('c'), application('c')]
  await expect(startApplications(twins, { runtime })).rejects.toThrow('name of two applications')
  expect(log).toEqual([])
})

test('the end of a permanent application ends all, of a transient one if not normal, of a temporary one nothing', async () => {
  for (const [type, reason, goesOn] of [
    ['permanent', 'normal', false],
    ['transient', 'normal', true],
    ['transient', 'shutdown', false],
    ['temporary', 'boom', true],
  ] as const) {
    const { application, runtime } = setup()
    const single = defineApplication({
      name: 'single',
      start: (_config: undefined, place) =>
        Worker.startLink({ log: [], name: 's' }, { ...place, name: 'single' }),
    })
    const running = await startApplications([application('base'), single], {
      runtime,
      types: { single: type },
    })
    void Worker.at('single', runtime).stop(reason)
    await settle()
    const alive = runtime.whereis('base') !== undefined
    expect([type, reason, alive]).toEqual([type, reason, goesOn])
    if (alive) expect(await running.running()).toEqual(['base'])
    else expect(await running.ended).toEqual({ shutdown: { application_terminated: 'single', reason } })
    await running.stop()
  }
})

test('a hook that fails is reported and keeps nobody from stopping', async () => {
  const { application, log, runtime, reports } = setup()
  const a = application('a')
  const b = application('b', [a], { prepStop: () => exit('prep'), stop: () => exit('stop') })
  await (await startApplications([b], { runtime })).stop()
  expect(log.slice(2)).toEqual(['b ends: shutdown', 'a ends: shutdown'])
  expect(reports.map(({ kind, reason, child }) => [kind, reason, child])).toEqual([
    ['application_terminated', 'prep', 'b'],
    ['application_terminated', 'stop', 'b'],
  ])
})

test('a signal stops in order and gives everything back', async () => {
  const { application, log, runtime, program, listeners, clock } = setup()
  const done = runApplications([application('a')], { runtime, program })
  await settle()
  listeners[0]?.signal('SIGTERM')
  expect(await done).toBe('shutdown')
  expect(log).toEqual(['a starts', 'a ends: shutdown'])
  await settle()
  expect([listeners, clock.pending]).toEqual([[], 0])
})

test('a signal while the applications start stops them as soon as they have', async () => {
  const { application, log, runtime, program, listeners } = setup()
  const done = runApplications([application('a')], { runtime, program })
  listeners[0]?.signal('SIGINT')
  expect(await done).toBe('shutdown')
  expect(log).toEqual(['a starts', 'a ends: shutdown'])
})

test('a second signal, or a stop that takes too long, ends the program on the spot', async () => {
  const { application, log, runtime, program, listeners, clock } = setup()
  const stuck = application('stuck', [], { prepStop: () => new Promise(() => {}) })
  void runApplications([stuck], { runtime, program, deadlineMs: 1_000 })
  await settle()
  listeners[0]?.signal('SIGINT')
  listeners[0]?.signal('SIGTERM')
  await clock.advance(999)
  expect(log).toEqual(['stuck starts', 'exit 143'])
  await clock.advance(1)
  expect(log).toEqual(['stuck starts', 'exit 143', 'exit 1'])
})

test('an exception outside of every process begins an orderly stop', async () => {
  const { application, log, runtime, program, listeners } = setup()
  const done = runApplications([application('a')], { runtime, program })
  await settle()
  listeners[0]?.uncaught(new Error('boom'))
  await done
  expect(log).toEqual(['a starts', 'a ends: shutdown'])
})

test('a real program lives as long as its applications, and ends with code 0 on SIGTERM', async () => {
  const source = `
    import { defineApplication, nodeProgram, runApplications, Supervisor } from ${JSON.stringify(
      new URL('../index.ts', import.meta.url).href,
    )}
    const application = defineApplication({
      name: 'real',
      start: (_config, place) => Supervisor.startLink({ strategy: 'one_for_one', children: [] }, place),
      stop: () => console.log('stopped'),
    })
    const done = runApplications([application], { program: nodeProgram(process) })
    setImmediate(() => console.log('started'))
    console.log(await done)`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (text.includes('started')) child.kill('SIGTERM')
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output).toBe('started\nstopped\nshutdown\n')
})
