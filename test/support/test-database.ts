import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, type TestContext } from 'vitest'
import { createRuntime, Supervisor } from '../../src/otp/index.ts'
import {
  createDatabase,
  type Database,
  type Sql,
  type StorageOptions,
  storageSupervisor,
} from '../../src/storage/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests ask for servers. */
    infra: string
    /** With it a missing server is a failure, not a skip. */
    infraRequired: boolean
  }
}

/** What a test hears when it asks the run for a database. */
export type InfraAnswer =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly why: string; readonly absent: boolean }

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
export function emptyDatabase(t: TestContext): Promise<string> {
  return makeDatabase(t, 'migrated')
}

/** The same without our schema. */
export function blankDatabase(t: TestContext): Promise<string> {
  return makeDatabase(t, 'blank')
}

async function makeDatabase(t: TestContext, schema: 'migrated' | 'blank'): Promise<string> {
  const infra = inject('infra')
  const response = await fetch(`${infra}/${schema}`, { method: 'POST' })
  const answer = (await response.json()) as InfraAnswer
  if (!answer.ok && answer.absent && !inject('infraRequired')) return t.skip(answer.why)
  if (!answer.ok) throw new Error(`no PostgreSQL for this test: ${answer.why}`)
  t.onTestFinished(async () => {
    await fetch(infra, { method: 'DELETE', body: answer.url })
  })
  return answer.url
}
