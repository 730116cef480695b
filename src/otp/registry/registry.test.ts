import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import { defineServer, Registry, type RegistryOptions, reply, StartError } from '../index.ts'

const setup = async (keys: RegistryOptions['keys'] = 'unique', more: Partial<RegistryOptions> = {}) => {
  const world = testRuntime()
  const { runtime } = world
  const registry = await Registry.startLink({ name: 'reg', keys, ...more }, { runtime })
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

test('a process that has given up its last key is not linked to the registry any more', async () => {
  const { one, two, registry, runtime } = await setup()
  for (const key of ['k', 'l']) Registry.register(one.ctx, 'reg', key)
  Registry.unregister(one.ctx, 'reg', 'k')
  expect(runtime.processInfo(one.pid)?.links).toEqual([registry.pid])
  Registry.unregister(one.ctx, 'reg', 'l')
  expect(runtime.processInfo(one.pid)?.links).toEqual([])
  expect(Registry.register(two.ctx, 'reg', 'k')).toMatchObject({ ok: true })
})

test('entries are found, counted and given up by what their values are', async () => {
  const { one, two, runtime } = await setup('duplicate')
  for (const [{ ctx }, value] of [
    [one, 1],
    [one, 2],
    [two, 3],
  ] as const)
    Registry.register(ctx, 'reg', 'k', value)
  Registry.register(two.ctx, 'reg', 'other', 9)
  const odd = (value: unknown): boolean => (value as number) % 2 === 1
  expect(Registry.match('reg', 'k', odd, runtime).map(({ value }) => value)).toEqual([1, 3])
  expect(Registry.countMatch('reg', 'k', odd, runtime)).toBe(2)
  expect(Registry.values('reg', 'k', one.pid, runtime)).toEqual([1, 2])
  Registry.unregisterMatch(one.ctx, 'reg', 'k', odd)
  expect(Registry.values('reg', 'k', one.pid, runtime)).toEqual([2])
  expect(Registry.keys('reg', one.pid, runtime)).toEqual(['k'])
})

test('select looks through all entries', async () => {
  const { one, two, runtime } = await setup()
  Registry.register(one.ctx, 'reg', 'a', 1)
  Registry.register(two.ctx, 'reg', 'b', 2)
  const pick = ({ key, value }: { key: unknown; value: unknown }) => (value === 2 ? key : undefined)
  expect(Registry.select('reg', pick, runtime)).toEqual(['b'])
  expect(Registry.countSelect('reg', ({ pid }) => pid === one.pid, runtime)).toBe(1)
})

test('a registry keeps data of its own', async () => {
  const { runtime } = await setup('unique', { meta: [['color', 'red']] })
  Registry.putMeta('reg', ['size', 1], 7, runtime)
  expect([Registry.meta('reg', 'color', runtime), Registry.meta('reg', ['size', 1], runtime)]).toEqual([
    'red',
    7,
  ])
  Registry.deleteMeta('reg', 'color', runtime)
  expect(Registry.meta('reg', 'color', runtime)).toBeUndefined()
})

test('listeners hear of registering and giving up, never of an end', async () => {
  const { one, two, runtime } = await setup('unique', { listeners: ['nobody', 'listener'] })
  const listener = await startProbe(runtime)
  runtime.register('listener', listener.pid)
  Registry.register(one.ctx, 'reg', 'k', 1)
  Registry.register(two.ctx, 'reg', 'k', 2)
  Registry.unregister(one.ctx, 'reg', 'k')
  Registry.register(two.ctx, 'reg', 'k', 3)
  runtime.exit(two.pid, 'boom')
  await settle()
  expect(listener.messages).toEqual([
    { type: 'register', registry: 'reg', key: 'k', pid: one.pid, value: 1 },
    { type: 'unregister', registry: 'reg', key: 'k', pid: one.pid },
    { type: 'register', registry: 'reg', key: 'k', pid: two.pid, value: 3 },
  ])
})

test('with partitions everything is found as without, and dispatch is called for each that has entries', async () => {
  const { runtime, pids } = await setup('duplicate', { partitions: 4 })
  const probes = await Promise.all(Array.from({ length: 12 }, () => startProbe(runtime)))
  for (const { ctx } of probes) Registry.register(ctx, 'reg', 'k')
  expect(new Set(pids('k'))).toEqual(new Set(probes.map(({ pid }) => pid)))
  const groups: number[] = []
  Registry.dispatch('reg', 'k', (entries) => groups.push(entries.length), runtime)
  expect(groups.length).toBeGreaterThan(1)
  expect(groups.reduce((sum, size) => sum + size, 0)).toBe(12)
  runtime.exit(probes[0]?.pid ?? runtime.root, 'boom')
  expect(Registry.count('reg', runtime)).toBe(11)
})

test('unique keys stay unique over partitions, and their number must be one', async () => {
  const { one, two, pids } = await setup('unique', { partitions: 3 })
  for (let key = 0; key < 9; key++) {
    expect(Registry.register(one.ctx, 'reg', key)).toMatchObject({ ok: true })
    expect(Registry.register(two.ctx, 'reg', key)).toMatchObject({ pid: one.pid })
    expect(pids(key)).toEqual([one.pid])
  }
  await expect(setup('unique', { partitions: 0 })).rejects.toMatchObject({ kind: 'failed' })
})

test('a lock is held by one process at a time, in order, and goes with its holder', async () => {
  const { one, two, runtime, registry } = await setup()
  const three = await startProbe(runtime)
  const log: string[] = []
  const never = new Promise<never>(() => {})
  const outcomes = [
    Registry.lock(one.ctx, 'reg', 'k', () => {
      log.push('one')
      return never
    }),
    Registry.lock(two.ctx, 'reg', 'k', () => log.push('two')),
    Registry.lock(three.ctx, 'reg', 'k', async () => Promise.reject(new Error('boom'))),
    Registry.lock(two.ctx, 'reg', 'k', () => log.push('last')),
    Registry.lock(two.ctx, 'reg', 'another', () => log.push('another')),
  ]
  await settle()
  expect(log).toEqual(['one', 'another'])
  runtime.exit(one.pid, 'kill')
  await expect(outcomes[2]).rejects.toThrow('boom')
  await settle()
  expect(log).toEqual(['one', 'another', 'two', 'last'])
  void Registry.lock(two.ctx, 'reg', 'k', () => never)
  const waiting = Registry.lock(three.ctx, 'reg', 'k', () => log.push('never'))
  runtime.exit(registry.pid, 'kill')
  await expect(waiting).rejects.toMatchObject({ code: 'registry_exited' })
})

test('a ghost registers nothing and locks nothing', async () => {
  const { one, runtime } = await setup()
  runtime.exit(one.pid, 'kill')
  expect(() => Registry.register(one.ctx, 'reg', 'k')).toThrow('has exited')
  await expect(Registry.lock(one.ctx, 'reg', 'k', () => 1)).rejects.toThrow('has exited')
})

test('a via name can carry a value', async () => {
  const { runtime } = await setup()
  await Echo.start(undefined, { runtime, name: Registry.via('reg', 'k', runtime, 'hello') })
  expect(Registry.lookup('reg', 'k', runtime)).toMatchObject([{ value: 'hello' }])
})

test('the value of a duplicate key cannot be updated', async () => {
  const { one } = await setup('duplicate')
  Registry.register(one.ctx, 'reg', 'k', 1)
  expect(() => Registry.updateValue(one.ctx, 'reg', 'k', () => 2)).toThrow('keys are not unique')
})
