import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { settle, testRuntime } from '../../testing/index.ts'
import { defineServer, type Key, PartitionSupervisor, reply, Supervisor, stop } from '../index.ts'

const Part = defineServer({
  name: 'part',
  init: (index: number) => ({ index }),
  calls: {
    who: (s, _none, ctx) => reply({ index: s.index, pid: ctx.self }, s),
    crash: (s) => stop('boom', s, 'bye'),
  },
})

const setup = async (partitions?: number) => {
  const world = testRuntime()
  const { runtime } = world
  const options = { name: 'parts', child: (index: number) => Part.child(index), partitions }
  const supervisor = await PartitionSupervisor.startLink(options, { runtime })
  const at = (key: Key) => Part.at(PartitionSupervisor.via('parts', key, runtime), runtime)
  const indexOf = async (key: Key) => (await at(key).call.who()).index
  return { ...world, supervisor, at, indexOf }
}

test('there is a child per core, or as many as asked for, numbered from 0', async () => {
  const { runtime } = await setup()
  expect(PartitionSupervisor.partitions('parts', runtime)).toBe(availableParallelism())
  const three = await setup(3)
  const children = await PartitionSupervisor.whichChildren('parts', three.runtime)
  expect(children.map(({ partition }) => partition)).toEqual([2, 1, 0])
  expect(await PartitionSupervisor.countChildren('parts', three.runtime)).toMatchObject({
    specs: 3,
    active: 3,
  })
})

test('whole numbers go by remainder, without their sign, anything else always to the same child', async () => {
  const { indexOf } = await setup(3)
  expect(await Promise.all([0, 1, 2, 3, -4, 7].map(indexOf))).toEqual([0, 1, 2, 0, 1, 1])
  expect(await indexOf(['build', { id: 1 }])).toBe(await indexOf(['build', { id: 1 }]))
  const spread = await Promise.all(Array.from({ length: 60 }, (_, n) => indexOf(`key ${n}`)))
  expect(new Set(spread)).toEqual(new Set([0, 1, 2]))
})

test('a partition keeps its number over a restart', async () => {
  const { at } = await setup(2)
  const before = await at(1).call.who()
  await at(1).call.crash()
  await settle()
  const after = await at(1).call.who()
  expect(after.index).toBe(1)
  expect(after.pid).not.toBe(before.pid)
})

test('an unknown supervisor is noproc', async () => {
  const { runtime } = testRuntime()
  const nobody = Part.at(PartitionSupervisor.via('nobody', 1, runtime), runtime)
  await expect(nobody.call.who()).rejects.toMatchObject({ kind: 'noproc' })
  expect(() => PartitionSupervisor.partitions('nobody', runtime)).toThrow('noproc')
})

test('resizing stops and starts children, up to the first number, and gives the one before', async () => {
  const { runtime, indexOf, at } = await setup(3)
  expect(await PartitionSupervisor.resize('parts', 1, runtime)).toBe(3)
  expect(await Promise.all([0, 1, 2].map(indexOf))).toEqual([0, 0, 0])
  expect(await PartitionSupervisor.countChildren('parts', runtime)).toMatchObject({ specs: 3, active: 1 })
  expect(await PartitionSupervisor.resize('parts', 3, runtime)).toBe(1)
  expect(await Promise.all([0, 1, 2].map(indexOf))).toEqual([0, 1, 2])
  await expect(PartitionSupervisor.resize('parts', 4, runtime)).rejects.toMatchObject({
    code: 'invalid_partitions',
  })
  expect(await PartitionSupervisor.resize('parts', 0, runtime)).toBe(3)
  expect(() => at(1).call.who()).toThrow('zero partitions')
})

test('no partition at all, or half a one, is refused before anything starts', async () => {
  const { runtime } = testRuntime()
  for (const partitions of [0, 1.5, Number.NaN]) {
    const started = PartitionSupervisor.startLink({ child: (n) => Part.child(n), partitions }, { runtime })
    await expect(started).rejects.toMatchObject({ code: 'invalid_partitions' })
  }
})

test('a partition supervisor is a child like any other', async () => {
  const { runtime } = testRuntime()
  const child = PartitionSupervisor.child({ name: 'parts', child: (n) => Part.child(n), partitions: 2 })
  const root = await Supervisor.startLink({ strategy: 'one_for_one', children: [child] }, { runtime })
  expect(await Supervisor.whichChildren(root)).toMatchObject([{ id: 'parts', type: 'supervisor' }])
  expect(PartitionSupervisor.partitions('parts', runtime)).toBe(2)
})
