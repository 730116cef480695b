import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import { defineServer, Registry, type RegistryOptions, reply, StartError } from '../index.ts'

const setup = async (keys: RegistryOptions['keys'] = 'unique') => {
  const world = testRuntime()
  const { runtime } = world
  const registry = await Registry.startLink({ name: 'reg', keys }, { runtime })
  const one = await startProbe(runtime)
  const two = await startProbe(runtime)
  const pids = (key: Parameters<typeof Registry.lookup>[1]) =>
    Registry.lookup('reg', key, runtime).map(({ pid }) => pid)
  return { ...world, registry, one, two, pids }
}

const Echo = defineServer({ name: 'echo', init: () => ({}), calls: { ping: (s) => reply('pong', s) } })

test('a unique key has one holder, and a clash names it', async () => {
  const { one, two, pids } = await setup()
  expect(Registry.register(one.ctx, 'reg', 'k', 1)).toMatchObject({ ok: true })
  expect(Registry.register(two.ctx, 'reg', 'k')).toMatchObject({ reason: 'already_registered', pid: one.pid })
  expect(Registry.register(one.ctx, 'reg', 'k')).toMatchObject({ reason: 'already_registered', pid: one.pid })
  expect(pids('k')).toEqual([one.pid])
})

test('keys are compared by value and by type', async () => {
  const { one, two, pids } = await setup()
  Registry.register(one.ctx, 'reg', ['build', { id: 7, arch: 'arm' }])
  expect(pids(['build', { arch: 'arm', id: 7 }])).toEqual([one.pid])
  Registry.register(one.ctx, 'reg', 1)
  Registry.register(two.ctx, 'reg', '1')
  Registry.register(two.ctx, 'reg', 1n)
  expect([pids(1), pids('1'), pids(1n), pids(true)]).toEqual([[one.pid], [two.pid], [two.pid], []])
  const map = new Map() as unknown as string
  expect(() => Registry.register(one.ctx, 'reg', map)).toThrow('cannot be a key')
})

test('the entries of a process go with it, and its key is free at once', async () => {
  const { one, two, runtime, pids } = await setup()
  Registry.register(one.ctx, 'reg', 'k')
  Registry.register(one.ctx, 'reg', 'l')
  expect(Registry.keys('reg', one.pid, runtime)).toEqual(['k', 'l'])
  runtime.exit(one.pid, 'boom')
  expect(pids('k')).toEqual([])
  expect(Registry.register(two.ctx, 'reg', 'k')).toMatchObject({ ok: true })
  await settle()
  expect(pids('k')).toEqual([two.pid])
  expect(Registry.count('reg', runtime)).toBe(1)
  expect(Registry.keys('reg', one.pid, runtime)).toEqual([])
})

test('when the registry crashes its registrants fall with it', async () => {
  const { one, two, runtime, registry } = await setup()
  Registry.register(one.ctx, 'reg', 'k')
  runtime.exit(registry.pid, 'kill')
  expect([one, two].map(({ pid }) => runtime.isAlive(pid))).toEqual([false, true])
  expect(() => Registry.lookup('reg', 'k', runtime)).toThrow('no registry "reg" runs')
})

test('only the holder changes its value', async () => {
  const { one, two, runtime } = await setup()
  Registry.register(one.ctx, 'reg', 'k', 1)
  const double = (value: unknown): unknown => (value as number) * 2
  expect(Registry.updateValue(one.ctx, 'reg', 'k', double)).toBe(true)
  expect(Registry.updateValue(two.ctx, 'reg', 'k', double)).toBe(false)
  expect(Registry.lookup('reg', 'k', runtime)).toMatchObject([{ value: 2 }])
})

test('a via name starts and finds a server, and refuses a second one', async () => {
  const { runtime } = await setup()
  const name = Registry.via('reg', ['echo', 1], runtime)
  const echo = await Echo.start(undefined, { runtime, name })
  expect(await Echo.at(name, runtime).call.ping()).toBe('pong')
  const second = await Echo.start(undefined, { runtime, name }).catch((error: unknown) => error)
  expect(second).toBeInstanceOf(StartError)
  expect(second).toMatchObject({ kind: 'already_started', pid: echo.pid })
  await echo.stop()
  await expect(Echo.at(name, runtime).call.ping()).rejects.toMatchObject({
    kind: 'noproc',
    target: 'reg/["echo",1]',
  })
})

test('a via name of a registry with duplicate keys is an argument error', async () => {
  const { runtime } = await setup('duplicate')
  const name = Registry.via('reg', 'k', runtime)
  await expect(Echo.start(undefined, { runtime, name })).rejects.toThrow('cannot name processes')
})

test('duplicate keys have many holders, also one several times; unregister removes all of its own', async () => {
  const { one, two, pids, runtime } = await setup('duplicate')
  Registry.register(one.ctx, 'reg', 'k', 'a')
  Registry.register(one.ctx, 'reg', 'k', 'b')
  Registry.register(two.ctx, 'reg', 'k', 'c')
  expect(pids('k')).toEqual([one.pid, one.pid, two.pid])
  expect(Registry.count('reg', runtime)).toBe(3)
  Registry.unregister(one.ctx, 'reg', 'k')
  expect(pids('k')).toEqual([two.pid])
  expect(Registry.keys('reg', one.pid, runtime)).toEqual([])
})

test('dispatch hands over the entries, and is not called without any', async () => {
  const { one, runtime } = await setup('duplicate')
  Registry.register(one.ctx, 'reg', 'k', 'a')
  const seen: unknown[] = []
  for (const key of ['k', 'nobody']) {
    Registry.dispatch('reg', key, (entries) => seen.push(entries.map(({ value }) => value)), runtime)
  }
  expect(seen).toEqual([['a']])
})

test('a server with a via name may have a local name, too, and gives up only its own', async () => {
  const { runtime, one } = await setup()
  const name = Registry.via('reg', 'k', runtime)
  const echo = await Echo.start(undefined, { runtime, name })
  runtime.register(String(name), one.pid)
  runtime.register('echo', echo.pid)
  await echo.stop()
  expect([runtime.whereis('echo'), runtime.whereis(String(name))]).toEqual([undefined, one.pid])
})
