import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, type TestContext, test } from 'vitest'
import { blankDatabase } from '../../test/support/index.ts'
import { checkTarget, migrateTarget, statusOfTarget } from './migrate.ts'
import { externalTarget, type Target } from './target.ts'

const FARM = 'create table farm (id integer); insert into farm values (1)'
const KEYS = 'create table keys (id integer)'

async function setup(t: TestContext, files: Record<string, string>) {
  const url = await blankDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'quorate-migrations-'))
  t.onTestFinished(() => rm(folder, { recursive: true }))
  const add = (name: string, sql: string) => writeFile(join(folder, name), sql)
  for (const [name, sql] of Object.entries(files)) await add(name, sql)
  return { target: externalTarget(url), folder, add }
}

async function rowsOf(target: Target, text: string): Promise<unknown[]> {
  const client = new Client(target.config)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a blank database is brought up to date, and a second run does nothing', async (t) => {
  const { target, folder } = await setup(t, { '0001_builds_farm.sql': FARM, '0002_http_keys.sql': KEYS })
  const all = ['0001_builds_farm', '0002_http_keys']
  expect(await statusOfTarget(target, folder)).toEqual({ applied: [], pending: all, done: [] })
  expect(await migrateTarget(target, folder)).toEqual({ applied: all, pending: [], done: all })
  expect(await migrateTarget(target, folder)).toEqual({ applied: all, pending: [], done: [] })
  expect(await rowsOf(target, 'select * from farm')).toEqual([{ id: 1 }])
})

test('nodes that start together run each migration once', async (t) => {
  const { target, folder } = await setup(t, { '0001_builds_farm.sql': FARM })
  const runs = await Promise.all([1, 2, 3, 4].map(() => migrateTarget(target, folder)))
  expect(runs.flatMap(({ done }) => done)).toEqual(['0001_builds_farm'])
  expect(await rowsOf(target, 'select * from farm')).toHaveLength(1)
})

test('of a migration that fails nothing stays, and what came before stays', async (t) => {
  const { target, folder, add } = await setup(t, { '0001_builds_farm.sql': FARM })
  await add('0002_http_keys.sql', `${KEYS}; select no_such_function()`)
  await expect(migrateTarget(target, folder)).rejects.toMatchObject({
    code: 'migration_failed',
    message: expect.stringContaining('0002_http_keys'),
  })
  expect(await statusOfTarget(target, folder)).toMatchObject({
    applied: ['0001_builds_farm'],
    pending: ['0002_http_keys'],
  })
  expect(await rowsOf(target, `select to_regclass('keys') as found`)).toEqual([{ found: null }])
})

test('a file that changed after it ran is refused, and so is a database ahead of the program', async (t) => {
  const { target, folder, add } = await setup(t, { '0001_builds_farm.sql': FARM, '0002_http_keys.sql': KEYS })
  await migrateTarget(target, folder)
  await rm(join(folder, '0002_http_keys.sql'))
  await expect(migrateTarget(target, folder)).rejects.toMatchObject({ code: 'schema_newer' })
  await add('0002_http_keys.sql', `${KEYS} -- edited`)
  await expect(migrateTarget(target, folder)).rejects.toMatchObject({ code: 'schema_changed' })
})

test('checking refuses an old schema, names the way out, and changes nothing', async (t) => {
  const { target, folder } = await setup(t, { '0001_builds_farm.sql': FARM })
  await expect(checkTarget(target, folder)).rejects.toMatchObject({
    code: 'schema_older',
    wayOut: 'Run `quorate migrate up`.',
  })
  expect(await rowsOf(target, `select to_regclass('quorate_schema') as found`)).toEqual([{ found: null }])
  await migrateTarget(target, folder)
  await checkTarget(target, folder)
})

test('a wrong password, a missing database and an unreachable server each say so, without the password', async (t) => {
  const url = new URL(await blankDatabase(t))
  const refused = async (change: (changed: URL) => void): Promise<Error> => {
    const changed = new URL(url)
    change(changed)
    return await checkTarget(externalTarget(changed.href)).then(
      () => expect.unreachable(),
      (error: unknown) => error as Error,
    )
  }
  const wrong = await refused((changed) => (changed.password = 'wrong-secret'))
  expect(wrong).toMatchObject({ code: 'database_auth_failed' })
  expect(await refused((changed) => (changed.pathname = '/nowhere'))).toMatchObject({
    code: 'database_missing',
  })
  const dead = await refused((changed) => {
    changed.searchParams.set('host', '127.0.0.1')
    changed.searchParams.set('port', '1')
  })
  expect(dead).toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('127.0.0.1:1'),
  })
  for (const { message } of [wrong, dead]) expect(message).not.toMatch(/wrong-secret|:\/\//)
})

test('an address that is none is refused before anything connects', () => {
  expect(() => externalTarget('mysql://root:secret@host/db')).toThrow(
    expect.objectContaining({ code: 'invalid_database_url', message: expect.not.stringContaining('secret') }),
  )
})
