import { Client, type ClientBase } from 'pg'
import { Problem, type Result } from '../kernel/index.ts'
import { connectProblem } from './database-problem.ts'
import { type Applied, loadMigrations, type Migration, pendingMigrations } from './migrations.ts'
import type { Target } from './target.ts'

/** How far a database is. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** What this run did; empty when it only looked. */
  readonly done: readonly string[]
}

/** Nodes that start together take turns with this lock; it goes with the connection. */
const MIGRATING = 7_316_002

/** PostgreSQL 13: the oldest we test the SQL of every room on. */
const OLDEST_SERVER = 130_000

/**
 * Brings the schema up to date, one transaction per file, and says what it did.
 * Safe from any number of nodes at once. Rejects with `schema_newer` or
 * `schema_changed` when database and program do not fit, having done nothing.
 */
export async function migrateTarget(target: Target, folder?: string): Promise<MigrationStatus> {
  const known = await loadMigrations(folder)
  return await connected(target, async (client) => {
    await client.query('select pg_advisory_lock($1)', [MIGRATING])
    await client.query(TABLE)
    const before = await appliedIn(client)
    const pending = fitting(pendingMigrations(known, before))
    for (const migration of pending) await apply(client, migration)
    const done = namesOf(pending)
    return { applied: [...namesOf(before), ...done], pending: [], done }
  })
}

/** Looks without changing anything; rejects as `migrateTarget` does. */
export async function statusOfTarget(target: Target, folder?: string): Promise<MigrationStatus> {
  const known = await loadMigrations(folder)
  return await connected(target, async (client) => {
    const applied = await appliedIn(client)
    const pending = fitting(pendingMigrations(known, applied))
    return { applied: namesOf(applied), pending: namesOf(pending), done: [] }
  })
}

/** Rejects with `schema_older` unless the schema is up to date. */
export async function checkTarget(target: Target, folder?: string): Promise<void> {
  const { pending } = await statusOfTarget(target, folder)
  if (pending.length === 0) return
  throw new Problem('schema_older', `the database lacks ${pending.length} migrations, first ${pending[0]}`, {
    wayOut: 'Run `quorate migrate up`.',
  })
}

function namesOf(migrations: readonly { readonly name: string }[]): string[] {
  return migrations.map(({ name }) => name)
}

const TABLE = `create table if not exists quorate_schema (
  version integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
)`

async function connected<T>(target: Target, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = new Client({ ...target.config, application_name: 'quorate migrate' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await checkServer(client, target)
  } catch (error) {
    await client.end().catch(() => undefined)
    throw connectProblem(error, target.label)
  }
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function checkServer(client: ClientBase, target: Target): Promise<void> {
  const { rows } = await client.query('show server_version_num')
  const version = Number(rows[0]?.server_version_num)
  if (version >= OLDEST_SERVER) return
  throw new Problem('database_too_old', `${target.label} runs PostgreSQL ${Math.floor(version / 10_000)}`, {
    wayOut: 'Use PostgreSQL 13 or newer.',
  })
}

async function appliedIn(client: ClientBase): Promise<Applied[]> {
  const { rows } = await client.query(`select to_regclass('quorate_schema') is not null as present`)
  if (rows[0]?.present !== true) return []
  return (await client.query<Applied>('select version, name, sha256 from quorate_schema order by version'))
    .rows
}

function fitting(found: Result<Migration[], 'schema_newer' | 'schema_changed'>): Migration[] {
  if (found.ok) return found.value
  const newer = found.reason === 'schema_newer'
  throw new Problem(found.reason, found.message ?? found.reason, {
    wayOut: newer
      ? 'Start the newer release of quorate that made it.'
      : 'Restore the migrations as they were released, or point to another database.',
  })
}

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  const { version, name, sha256, sql } = migration
  try {
    await client.query('begin')
    await client.query(sql)
    await client.query('insert into quorate_schema (version, name, sha256) values ($1, $2, $3)', [
      version,
      name,
      sha256,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw new Problem(
      'migration_failed',
      `${name}: ${error instanceof Error ? error.message : String(error)}`,
      {
        wayOut: 'Nothing of this migration was kept. Mend the cause, then run `quorate migrate up`.',
        cause: error,
      },
    )
  }
}
