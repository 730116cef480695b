import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, escapeIdentifier } from 'pg'
import { newId, systemClock } from '../../src/kernel/index.ts'
import { joinEmbedded, migrate } from '../../src/storage/index.ts'

/** A server for one test run. */
export interface TestPostgres {
  /** For the report: where it came from and its version. */
  readonly origin: string
  /** A new database at the newest schema, or without ours; its address holds the password. */
  create(schema: 'migrated' | 'blank'): Promise<string>
  /** Deletes one, throwing out who is still connected. */
  drop(url: string): Promise<void>
  stop(): Promise<void>
}

/** Which server to use. */
export interface TestPostgresOptions {
  /** A running one, where the user may make databases. */
  readonly databaseUrl?: string | undefined
  /** Programs to run; otherwise those from npm, otherwise the system's. */
  readonly binDir?: string | undefined
}

/** Finds or starts a server and makes the template. Rejects with the `Problem` that says why there is none. */
export async function startTestPostgres(options: TestPostgresOptions): Promise<TestPostgres> {
  const { databaseUrl, binDir } = options
  const server = databaseUrl === undefined ? await startOwn(binDir) : given(databaseUrl)
  try {
    const origin = `${server.kind} ${await versionOf(server.url)}`
    return { origin, stop: server.stop, ...databasesOn(server.url, await makeTemplate(server.url)) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

function databasesOn(url: string, template: string): Pick<TestPostgres, 'create' | 'drop'> {
  return {
    async create(schema) {
      const name = `test_${newId().toLowerCase()}`
      const source = schema === 'migrated' ? template : 'template0'
      await asAdmin(url, (admin) => admin.query(`create database ${name} template ${source}`))
      return databaseIn(url, name)
    },
    async drop(database) {
      const name = new URL(database).pathname.slice(1)
      await asAdmin(url, (admin) =>
        admin.query(`drop database if exists ${escapeIdentifier(name)} with (force)`),
      )
    },
  }
}

interface Server {
  readonly url: string
  readonly kind: string
  stop(): Promise<void>
}

function given(url: string): Server {
  return { url, kind: 'TEST_DATABASE_URL', stop: async () => undefined }
}

async function startOwn(binDir: string | undefined): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'quorate-test-'))
  // Root's server is another user; it must get through, or it lives elsewhere and stays.
  chmodSync(dataDir, 0o711)
  const lifeline = cleanWhenWeDie(dataDir)
  const server = await joinEmbedded({
    dataDir,
    clock: systemClock,
    postgresBinDir: binDir,
    postgresSettings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
    },
  }).catch((error: unknown) => {
    lifeline.end()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.leave()
    lifeline.end()
  }
  return { url: server.url, kind: binDir ?? 'embedded', stop }
}

/** Stops the server and deletes its folder when this process ends, however it ends. */
function cleanWhenWeDie(dataDir: string): { end(): void } {
  const script = `
    cat > /dev/null
    kill -INT "$(head -n 1 "$1/postgres/data/postmaster.pid")" 2> /dev/null && sleep 1
    rm -rf "$1"`
  const shell = spawn('/bin/sh', ['-c', script, 'sh', dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  return { end: () => void shell.stdin.end() }
}

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

/** One per state of the migrations, so that a kept server is never a version behind. */
async function makeTemplate(url: string): Promise<string> {
  const template = `quorate_template_${hashOf(MIGRATIONS)}`
  await asAdmin(url, async (admin) => {
    await admin.query('select pg_advisory_lock(7316003)')
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
    if (rowCount !== 0) return
    await admin.query(`drop database if exists ${template}_unfinished with (force)`)
    await admin.query(`create database ${template}_unfinished`)
    await migrateAt(databaseIn(url, `${template}_unfinished`))
    await admin.query(`alter database ${template}_unfinished rename to ${template}`)
  })
  return template
}

async function migrateAt(databaseUrl: string): Promise<void> {
  const unused = tmpdir()
  await migrate({
    ...{ databaseUrl, dataDir: unused, blobDir: unused, poolMax: 1, statementTimeoutMs: 60_000 },
    ...{ blobMinFreeBytes: 0, migrate: 'auto' },
  })
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).toSorted())
    hash.update(name).update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}

async function versionOf(url: string): Promise<string> {
  return await asAdmin(
    url,
    async (admin) => (await admin.query('show server_version')).rows[0]?.server_version,
  )
}

/** The same server's other database. */
function databaseIn(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** Runs `work` on a connection of its own. */
async function asAdmin<T>(url: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: url })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}
