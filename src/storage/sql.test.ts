import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/index.ts'
import { json } from './sql.ts'

test('columns arrive as the values the doc promises', async (t) => {
  const { sql } = await testDatabase(t)
  const [row] = await sql`
    select 9007199254740991::int8 as big, array[1, null, 3]::int8[] as bigs,
           '2026-03-01T12:00:00+02:00'::timestamptz as moment, '2026-03-01'::date as day,
           '{"a": [1]}'::jsonb as document, '\\x00ff'::bytea as bytes, 1.50::numeric as exact`
  expect(row).toEqual({
    big: 9007199254740991,
    bigs: [1, null, 3],
    moment: new Date('2026-03-01T10:00:00Z'),
    day: '2026-03-01',
    document: { a: [1] },
    bytes: Buffer.from([0, 255]),
    exact: '1.50',
  })
})

test('a number that would be rounded is an error instead', async (t) => {
  const { sql } = await testDatabase(t)
  await expect(sql`select 9007199254740993::int8 as big`).rejects.toThrow(RangeError)
  expect(await sql`select 1 as alive`).toEqual([{ alive: 1 }])
})

test('values are parameters, whatever they contain', async (t) => {
  const { sql } = await testDatabase(t)
  const text = `'; drop table x; -- $1 \\ ☂`
  const moment = new Date('2026-01-02T03:04:05.678Z')
  const [row] = await sql`
    select ${text}::text as text, ${true}::boolean as flag, ${null}::text as nothing,
           ${moment}::timestamptz as moment, ${new Uint8Array([1, 2])}::bytea as bytes,
           ${json([1, { a: null }])}::jsonb as document, 'b' = any(${['a', 'b']}::text[]) as member,
           ${12n}::int8 as big`
  expect(row).toEqual({
    text,
    flag: true,
    nothing: null,
    moment,
    bytes: Buffer.from([1, 2]),
    document: [1, { a: null }],
    member: true,
    big: 12,
  })
})

test('a mistake in SQL and a broken constraint keep their SQLSTATE', async (t) => {
  const { sql } = await testDatabase(t)
  await expect(sql`select no_such_column`).rejects.toMatchObject({ code: '42703' })
  await sql`create table one (id integer primary key)`
  await sql`insert into one values (1)`
  await expect(sql`insert into one values (1)`).rejects.toMatchObject({ code: '23505' })
})

test('a statement that runs too long is ended, and the connection goes on', async (t) => {
  const { sql } = await testDatabase(t, { statementTimeoutMs: 50, poolMax: 1 })
  await expect(sql`select pg_sleep(60)`).rejects.toMatchObject({ code: 'statement_timeout' })
  expect(await sql`select 1 as alive`).toEqual([{ alive: 1 }])
})

test('a statement whose connection dies is reported, not repeated, and the next one gets another', async (t) => {
  const { sql } = await testDatabase(t, { poolMax: 2 })
  await sql`create table ran (id serial primary key)`
  const dying = sql`
    with kept as (insert into ran default values returning id) select pg_terminate_backend(pg_backend_pid())`
  await expect(dying).rejects.toMatchObject({
    code: 'database_unavailable',
    wayOut: expect.stringContaining('may or may not'),
  })
  expect(await sql`select count(*) from ran`).toEqual([{ count: 0 }])
})

test('when every connection stays busy the caller hears so after the wait', async (t) => {
  const { sql } = await testDatabase(t, { poolMax: 1, waitMs: 50 })
  await sql.begin(async () => {
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'database_unavailable' })
  })
  expect(await sql`select 1 as alive`).toEqual([{ alive: 1 }])
})
