import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, type TestContext } from 'vitest'
import { newId } from '../kernel/index.ts'
import { createRuntime, Supervisor } from '../otp/index.ts'
import {
  createDatabase,
  type Database,
  type Sql,
  type StorageOptions,
  storageSupervisor,
} from '../storage/index.ts'
import type { InfraAnswer } from './infra-broker.ts'
import { asAdmin, databaseIn } from './test-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests ask for servers. */
    infra: string
    /** With it a missing server is a failure, not a skip. */
    infraRequired: boolean
  }
}

/** A database of one test's own. */
export interface TestDatabase {
  readonly sql: Sql
  readonly database: Database
  /** For processes the test starts; holds the password. */
  readonly url: string
  /** What `database` was made with, to make another handle. */
  readonly options: StorageOptions
}

/**
 * A fresh database at the newest schema with a running storage room; both go
 * when the test ends. Without a server the test is skipped with the reason, or
 * fails when REQUIRE_INFRA=1.
 */
export async function testDatabase(
  t: TestContext,
  changes: Partial<StorageOptions> = {},
): Promise<TestDatabase> {
  const url = await emptyDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'quorate-blobs-'))
  const options = {
    ...DEFAULTS,
    databaseUrl: url,
    dataDir: folder,
    blobDir: join(folder, 'blobs'),
    ...changes,
  }
  const database = createDatabase(options)
  const runtime = createRuntime()
  t.onTestFinished(async () => {
    await runtime.stop()
    await rm(folder, { recursive: true, force: true })
  })
  await Supervisor.startLink(
    { strategy: 'one_for_one', children: [storageSupervisor(database)] },
    { runtime },
  )
  return { database, sql: database.sql, url, options }
}

const DEFAULTS = {
  poolMax: 10,
  statementTimeoutMs: 30_000,
  blobMinFreeBytes: 0,
  migrate: 'check',
} as const

/** The address of a fresh migrated database without anything connected to it. */
export async function emptyDatabase(t: TestContext): Promise<string> {
  const infra = await askForPostgres(t)
  return await makeDatabase(t, infra.url, infra.template)
}

/** The same without our schema. */
export async function blankDatabase(t: TestContext): Promise<string> {
  const infra = await askForPostgres(t)
  return await makeDatabase(t, infra.url, 'template0')
}

async function makeDatabase(t: TestContext, url: string, template: string): Promise<string> {
  const name = `test_${newId().toLowerCase()}`
  await asAdmin(url, (admin) => admin.query(`create database ${name} template ${template}`))
  t.onTestFinished(async () => {
    await asAdmin(url, (admin) => admin.query(`drop database if exists ${name} with (force)`))
  })
  return databaseIn(url, name)
}

let asked: Promise<InfraAnswer> | undefined

async function askForPostgres(t: TestContext): Promise<InfraAnswer & { ok: true }> {
  asked ??= fetch(inject('infra')).then(async (response) => (await response.json()) as InfraAnswer)
  const answer = await asked
  if (answer.ok) return answer
  if (inject('infraRequired')) throw new Error(`no PostgreSQL for this test: ${answer.why}`)
  return t.skip(answer.why)
}
