import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { loadMigrations, type Migration, pendingMigrations } from './migrations.ts'

const migration = (version: number, sha256 = `hash ${version}`): Migration => ({
  version,
  name: `000${version}_builds_step`,
  sql: 'select 1',
  sha256,
})
const [one, two, three] = [migration(1), migration(2), migration(3)]

async function folderOf(t: TestContext, ...names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-migrations-'))
  t.onTestFinished(() => rm(folder, { recursive: true }))
  for (const name of names) await writeFile(join(folder, name), 'select 1')
  return folder
}

test('what the database has not run yet is pending, in order', () => {
  expect(pendingMigrations([one, two, three], [one])).toEqual({ ok: true, value: [two, three] })
  expect(pendingMigrations([one], [one])).toEqual({ ok: true, value: [] })
})

test('a database that ran more than the program knows is newer', () => {
  expect(pendingMigrations([one], [one, two])).toMatchObject({ ok: false, reason: 'schema_newer' })
})

test('a database that ran something else is refused as changed', () => {
  expect(pendingMigrations([one, two], [migration(1, 'other')])).toMatchObject({ reason: 'schema_changed' })
  expect(pendingMigrations([one, two, three], [one, three])).toMatchObject({ reason: 'schema_changed' })
})

test('files are read in the order of their numbers, with the hash of their text', async (t) => {
  const folder = await folderOf(t, '0002_http_keys.sql', '0001_builds_farm.sql', 'notes.md')
  const loaded = await loadMigrations(folder)
  expect(loaded.map(({ name }) => name)).toEqual(['0001_builds_farm', '0002_http_keys'])
  expect(loaded[0]?.sha256).toMatch(/^[0-9a-f]{64}$/)
})

test('a file without a number and two files with the same one are refused by name', async (t) => {
  await expect(loadMigrations(await folderOf(t, 'farm.sql'))).rejects.toMatchObject({
    code: 'migrations_malformed',
    message: expect.stringContaining('farm.sql'),
  })
  const twins = await folderOf(t, '0001_builds_farm.sql', '0001_http_keys.sql')
  await expect(loadMigrations(twins)).rejects.toMatchObject({ code: 'migrations_malformed' })
})

test("the product's own migrations load", async () => {
  expect((await loadMigrations()).length).toBeGreaterThan(0)
})
