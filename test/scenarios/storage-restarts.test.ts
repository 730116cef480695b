import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { attach, detach, newId, Problem } from '../../src/kernel/index.ts'
import { createRuntime, type Pid, type Runtime, Supervisor } from '../../src/otp/index.ts'
import {
  createDatabase,
  type Database,
  ServerJoined,
  type StorageOptions,
  storageSupervisor,
} from '../../src/storage/index.ts'
import { scratch, signalTo } from '../support/processes.ts'

const OPTIONS: Omit<StorageOptions, 'dataDir' | 'blobDir'> = {
  poolMax: 4,
  statementTimeoutMs: 10_000,
  blobMinFreeBytes: 0,
  migrate: 'auto',
  waitMs: 20_000,
  postgresSettings: { fsync: 'off' },
}

/** How long a poll looks before it gives up; a busy machine is not a failure. */
const SOON = { timeout: 30_000 }

interface Node {
  readonly database: Database
  readonly runtime: Runtime
  readonly dataDir: string
}

async function startNode(folder?: string): Promise<Node> {
  const dataDir = folder ?? join(await scratch(), 'data')
  const database = createDatabase({ ...OPTIONS, dataDir, blobDir: join(dataDir, 'blobs') })
  const runtime = createRuntime({ logger: () => undefined })
  onTestFinished(() => runtime.stop())
  await Supervisor.startLink(
    { strategy: 'one_for_one', children: [storageSupervisor(database)] },
    { runtime },
  )
  return { database, runtime, dataDir }
}

async function childOf({ runtime }: Node, id: string): Promise<Pid> {
  const children = await Supervisor.whichChildren('storage', runtime)
  const pid = children.find((child) => child.id === id)?.pid
  if (pid === undefined || pid === 'restarting') throw new Error(`${id} is not running`)
  return pid
}

const postmasterPid = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])

/** Resolves at the next time the embedded server is joined. */
function nextJoin(): Promise<{ readonly started: boolean }> {
  return new Promise((resolve) => {
    const id = newId()
    attach(id, ServerJoined, (_event, joined) => {
      detach(id)
      resolve(joined)
    })
  })
}

/** One writer that goes on through everything; each acknowledged number must be there in the end. */
function startWriter({ sql }: Database) {
  const acknowledged: number[] = []
  let stopped = false
  const writing = (async () => {
    for (let id = 1; !stopped; id += 1) {
      const written = await sql`insert into note values (${id})`.then(
        () => true,
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'database_unavailable') return false
          throw error
        },
      )
      if (written) acknowledged.push(id)
    }
  })()
  const stop = async (): Promise<number[]> => {
    stopped = true
    await writing
    return acknowledged
  }
  onTestFinished(() => void stop())
  return { stop }
}

test('killing every process of the room in turn loses nothing that was acknowledged', async () => {
  const node = await startNode()
  const { sql } = node.database
  await sql`create table note (id integer primary key)`
  const server = postmasterPid(node.dataDir)
  const writer = startWriter(node.database)
  for (const id of ['storage.postgres', 'storage.pool', 'storage.notifier', 'storage.blobs']) {
    const victim = await childOf(node, id)
    const rejoined = nextJoin()
    node.runtime.exit(victim, 'kill')
    if (id === 'storage.postgres') expect(await rejoined).toMatchObject({ started: false })
    await expect.poll(() => childOf(node, id).catch(() => victim), SOON).not.toBe(victim)
    expect(await sql`select 1 as alive`).toEqual([{ alive: 1 }])
  }
  const acknowledged = await writer.stop()
  const kept = (await sql<{ id: number }>`select id from note`).map(({ id }) => id)
  expect(acknowledged.length).toBeGreaterThan(0)
  expect(acknowledged.filter((id) => !kept.includes(id))).toEqual([])
  expect(postmasterPid(node.dataDir)).toBe(server)
})

test('PostgreSQL killed underneath comes back, with all that was acknowledged, and listeners look again', async () => {
  const node = await startNode()
  const { sql } = node.database
  await sql`create table note (id integer primary key)`
  let gaps = 0
  const messages: string[] = []
  onTestFinished(
    node.database.listen(
      'notes',
      (payload) => messages.push(payload),
      () => {
        gaps += 1
      },
    ),
  )
  await expect.poll(() => gaps, SOON).toBe(1)
  const writer = startWriter(node.database)
  const rejoined = nextJoin()
  signalTo(postmasterPid(node.dataDir), 'SIGKILL')
  expect(await rejoined).toMatchObject({ started: true })
  await expect.poll(() => gaps, SOON).toBeGreaterThan(1)
  await sql`select pg_notify('notes', 'after')`
  await expect.poll(() => messages, SOON).toEqual(['after'])
  const acknowledged = await writer.stop()
  const kept = (await sql<{ id: number }>`select id from note`).map(({ id }) => id)
  expect(acknowledged.filter((id) => !kept.includes(id))).toEqual([])
  expect(await node.database.status()).toMatchObject({ ok: true, embedded: true })
})

test('two nodes on one data directory share a server, and the second outlives the first', async () => {
  const first = await startNode()
  await first.database.sql`create table note as select 7 as id`
  const second = await startNode(first.dataDir)
  const server = postmasterPid(first.dataDir)
  await first.runtime.stop()
  expect(await second.database.sql`select id from note`).toEqual([{ id: 7 }])
  expect(postmasterPid(first.dataDir)).toBe(server)
  await second.runtime.stop()
  expect(() => postmasterPid(first.dataDir)).toThrow('ENOENT')
})

test('while the database is away its status says so, and a statement waits no longer than told', async () => {
  const { database, runtime } = await startNode()
  expect(await database.status()).toMatchObject({ ok: true, serverVersion: expect.stringMatching(/^\d+/) })
  await runtime.stop()
  expect(await database.status()).toMatchObject({ ok: false, problem: { code: 'database_unavailable' } })
})
