import { expect, type TestContext, test } from 'vitest'
import { testDatabase } from '../../test/support/index.ts'
import type { Sql } from './sql.ts'

async function setup(t: TestContext): Promise<{ sql: Sql; ids(): Promise<number[]> }> {
  const { sql } = await testDatabase(t)
  await sql`create table note (id integer primary key)`
  const ids = async (): Promise<number[]> =>
    (await sql<{ id: number }>`select id from note order by id`).map(({ id }) => id)
  return { sql, ids }
}

const insert = (sql: Sql, id: number): Promise<unknown> => sql`insert into note values (${id})`

test('work that resolves is committed, and its value handed on', async (t) => {
  const { sql, ids } = await setup(t)
  const value = await sql.begin(async (tx) => {
    await insert(tx, 1)
    expect(await ids()).toEqual([])
    return 'done'
  })
  expect(value).toBe('done')
  expect(await ids()).toEqual([1])
})

test('work that rejects is rolled back, and its error handed on', async (t) => {
  const { sql, ids } = await setup(t)
  const boom = new Error('boom')
  const work = sql.begin(async (tx) => {
    await insert(tx, 1)
    throw boom
  })
  await expect(work).rejects.toBe(boom)
  expect(await ids()).toEqual([])
})

test('a nested transaction that fails takes back only its own part', async (t) => {
  const { sql, ids } = await setup(t)
  await sql.begin(async (tx) => {
    await insert(tx, 1)
    await expect(
      tx.begin(async (inner) => {
        await insert(inner, 2)
        await insert(inner, 1)
      }),
    ).rejects.toMatchObject({ code: '23505' })
    await tx.begin((inner) => insert(inner, 3))
  })
  expect(await ids()).toEqual([1, 3])
})

test('an ignored failure cannot pass for a commit', async (t) => {
  const { sql, ids } = await setup(t)
  const work = sql.begin(async (tx) => {
    await insert(tx, 1)
    await insert(tx, 1).catch(() => undefined)
  })
  await expect(work).rejects.toThrow('nothing was committed')
  expect(await ids()).toEqual([])
})

test('statements started together run one after the other', async (t) => {
  const { sql, ids } = await setup(t)
  await sql.begin((tx) => Promise.all([1, 2, 3].map((id) => insert(tx, id))))
  expect(await ids()).toEqual([1, 2, 3])
})

test('the sql of a finished transaction refuses to run', async (t) => {
  const { sql } = await setup(t)
  const leaked = await sql.begin(async (tx) => tx)
  await expect(insert(leaked, 1)).rejects.toThrow('this transaction is over')
  await expect(leaked.begin(async () => undefined)).rejects.toThrow('this transaction is over')
})

test('a transaction whose connection dies has done nothing', async (t) => {
  const { sql, ids } = await setup(t)
  const work = sql.begin(async (tx) => {
    await insert(tx, 1)
    await tx`select pg_terminate_backend(pg_backend_pid())`
  })
  await expect(work).rejects.toMatchObject({ code: 'database_unavailable' })
  expect(await ids()).toEqual([])
})
