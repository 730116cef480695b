import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import { createTable, findTable, type Pid, type TableOptions, type TableTransfer } from '../index.ts'

type Pair = readonly [string, number]

const setup = async () => {
  const world = testRuntime()
  const owner = await startProbe(world.runtime)
  const other = await startProbe(world.runtime)
  const make = (options: TableOptions<Pair> = {}) => {
    const table = createTable<Pair>(owner.ctx, options)
    table.insert(['a', 1])
    return table
  }
  return { ...world, owner, other, make }
}

test('a table goes with its owner, however that ends', async () => {
  for (const reason of ['shutdown', 'boom', 'kill']) {
    const { runtime, owner, other, make } = await setup()
    const seen = make({ name: 'mine' }).for(other.ctx)
    runtime.exit(owner.pid, reason)
    expect(runtime.isAlive(owner.pid), reason).toBe(false)
    expect(seen.info(), reason).toBeUndefined()
  }
})

test('an owner that has done its work leaves its tables to their heirs, and takes the others along', async () => {
  const { runtime, other } = await setup()
  runtime.spawn((ctx) => {
    createTable<Pair>(ctx, { name: 'left', heir: { pid: other.pid } }).insert(['a', 1])
    createTable<Pair>(ctx, { name: 'gone' })
  })
  await settle()
  expect(findTable<Pair>(other.ctx, 'left')?.get('a')).toEqual(['a', 1])
  expect(findTable(runtime, 'gone')).toBeUndefined()
  expect(other.messages).toMatchObject([{ type: 'ETS-TRANSFER', data: undefined }])
})

test('a living heir gets the table and is told before it hears of the end', async () => {
  for (const reason of ['boom', 'shutdown']) {
    const { runtime, owner, other, make } = await setup()
    other.ctx.monitor(owner.pid)
    const table = make({ heir: { pid: other.pid, data: 'keep it' } }).for(other.ctx)
    runtime.exit(owner.pid, reason)
    expect(table.info()?.owner).toBe(other.pid)
    await settle()
    const [transfer, down] = other.messages as readonly [TableTransfer<Pair>, object]
    expect(transfer).toMatchObject({ type: 'ETS-TRANSFER', from: owner.pid, data: 'keep it' })
    expect(down).toMatchObject({ type: 'DOWN' })
    transfer.table.insert(['b', 2])
    expect(table.size).toBe(2)
  }
})

test('an heir that ended before, or is the owner itself, inherits nothing', async () => {
  const heirs = [(other: Pid) => other, (_other: Pid, owner: Pid) => owner]
  for (const heirOf of heirs) {
    const { runtime, owner, other, make } = await setup()
    const table = make({ heir: { pid: heirOf(other.pid, owner.pid) } }).for(runtime)
    runtime.exit(other.pid, 'kill')
    runtime.exit(owner.pid, 'kill')
    expect(table.info()).toBeUndefined()
  }
})

test('the owner gives a table away, and then it lives with the new one', async () => {
  const { runtime, owner, other, make } = await setup()
  const table = make()
  table.giveAway(other.pid, { gift: 1 })
  await settle()
  expect(other.messages).toMatchObject([{ type: 'ETS-TRANSFER', from: owner.pid, data: { gift: 1 } }])
  expect(() => table.insert(['b', 2])).toThrow('may not write to')
  runtime.exit(owner.pid, 'kill')
  expect(table.for(runtime).size).toBe(1)
  runtime.exit(other.pid, 'kill')
  expect(table.for(runtime).info()).toBeUndefined()
})

test('only the owner gives a table away or names an heir, and only to another living process', async () => {
  const { runtime, owner, other, make } = await setup()
  const table = make({ access: 'public' })
  expect(() => table.for(other.ctx).giveAway(other.pid)).toThrow('may not give away')
  expect(() => table.for(other.ctx).setHeir(undefined)).toThrow('may not set the heir of')
  expect(() => table.giveAway(owner.pid)).toThrow('cannot be given')
  runtime.exit(other.pid, 'kill')
  expect(() => table.giveAway(other.pid)).toThrow('cannot be given')
})

test('an heir named later counts, and a table that was inherited can be inherited again', async () => {
  const { runtime, owner, other, make } = await setup()
  const third = await startProbe(runtime)
  const table = make()
  table.setHeir({ pid: other.pid })
  runtime.exit(owner.pid, 'boom')
  table.for(other.ctx).setHeir({ pid: third.pid })
  runtime.exit(other.pid, 'boom')
  expect(table.for(runtime).info()).toMatchObject({ owner: third.pid, size: 1 })
})

test('the end of a process lets go of the tables it fixed', async () => {
  const { runtime, other, make } = await setup()
  const table = make()
  table.for(other.ctx).safeFixtable(true)
  table.for(other.ctx).safeFixtable(true)
  expect(table.info()?.fixed).toBe(true)
  runtime.exit(other.pid, 'kill')
  expect(table.info()?.fixed).toBe(false)
})

test('the hands of a process that ended touch nothing any more', async () => {
  const { runtime, owner, make } = await setup()
  const table = make({ access: 'public', heir: { pid: runtime.root } })
  runtime.exit(owner.pid, 'kill')
  expect(() => table.insert(['b', 2])).toThrow('has exited')
  expect(table.for(runtime).toArray()).toEqual([['a', 1]])
})
