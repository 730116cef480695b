/**
 * How long do 100 workers wait that ask for a build at the same moment, and how
 * many builds does one node hand out in a second?
 *
 * Rival: the bare one-statement claim (`for update skip locked`) over the same
 * number of connections, on a table without triggers, logs or fencing; the
 * least that any queue in PostgreSQL has to do. Both run on one real server
 * with full fsync, in turns.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { buildsSupervisor, createBuilds, type Worker } from '../src/builds/index.ts'
import { systemClock } from '../src/kernel/index.ts'
import { createRuntime, Supervisor } from '../src/otp/index.ts'
import { createDatabase, joinEmbedded, storageSupervisor } from '../src/storage/index.ts'

const CONNECTIONS = 10
const ROUNDS = 15
const AT_ONCE = 100
const MANY = 2_000

const folder = await mkdtemp(join(tmpdir(), 'quorate-bench-'))
const server = await joinEmbedded({ dataDir: folder, clock: systemClock })
const database = createDatabase({
  databaseUrl: server.url,
  dataDir: folder,
  blobDir: join(folder, 'blobs'),
  poolMax: CONNECTIONS,
  statementTimeoutMs: 30_000,
  blobMinFreeBytes: 0,
  migrate: 'auto',
})
const runtime = createRuntime()
const builds = createBuilds({ database, runtime })
await Supervisor.startLink(
  { strategy: 'rest_for_one', children: [storageSupervisor(database), buildsSupervisor(builds)] },
  { runtime },
)
const plain = new Pool({ connectionString: server.url, max: CONNECTIONS })
await plain.query(`create table plain (id int primary key, state text not null, worker text)`)
await plain.query(`create index on plain (id) where state = 'pending'`)

const source = { id: 'bench', sha256: '0'.repeat(64), bytes: 1 }

async function workers(count: number): Promise<readonly Worker[]> {
  const made: Worker[] = []
  for (let index = 0; index < count; index += 1) {
    const registered = await builds.registerWorker({ id: `w${index}`, name: `w${index}` }, { trusted: true })
    if (registered.ok) made.push(registered.value.worker)
  }
  return made
}

async function fill(count: number): Promise<void> {
  await database.sql`delete from builds`
  await inLanes(CONNECTIONS, count, () =>
    builds.submit({ source, platform: 'linux', submitter: 'bench' }).then(() => undefined),
  )
  await plain.query('truncate plain')
  await plain.query(`insert into plain select n, 'pending' from generate_series(1, ${count}) n`)
  await plain.query('vacuum analyze builds')
  await plain.query('vacuum analyze plain')
}

const token = { value: 'presented', expiresInMs: 90_000 }

async function ourClaim(worker: Worker | undefined): Promise<void> {
  const { job } = worker
    ? await builds.poll(worker, { waitMs: 0, signal: new AbortController().signal, token })
    : { job: null }
  if (job === null) throw new Error('a poll met an empty queue')
}

async function plainClaim(worker: string): Promise<void> {
  const { rowCount } = await plain.query({
    name: 'claim',
    text: `update plain set state = 'assigned', worker = $1 where id =
             (select id from plain where state = 'pending' order by id limit 1 for update skip locked) returning id`,
    values: [worker],
  })
  if (rowCount !== 1) throw new Error('a claim met an empty queue')
}

async function inLanes(lanes: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

async function latencies(work: (index: number) => Promise<void>): Promise<readonly number[]> {
  const startedMs = performance.now()
  return await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => work(index).then(() => performance.now() - startedMs)),
  )
}

async function perSecond(lanes: number, work: (index: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await inLanes(lanes, MANY, work)
  return (MANY / (performance.now() - startedMs)) * 1_000
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
const show = (value: number): string => value.toFixed(1).padStart(8)

const crowd = await workers(MANY)
const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  await fill(AT_ONCE)
  const us = await latencies((index) => ourClaim(crowd[index]))
  const them = await latencies((index) => plainClaim(`w${index}`))
  if (round > 0) ours.push(...us)
  if (round > 0) theirs.push(...them)
}
console.log(`${AT_ONCE} polls at once, ms            ours    plain    ratio`)
for (const share of [0.5, 0.99]) {
  const [us, them] = [at(ours, share), at(theirs, share)]
  console.log(`  p${share * 100}                        ${show(us)} ${show(them)} ${show(us / them)}`)
}

const rates: (readonly [number, number])[] = []
for (let round = 0; round < 3; round += 1) {
  await fill(MANY)
  rates.push([
    await perSecond(AT_ONCE, (index) => ourClaim(crowd[index])),
    await perSecond(CONNECTIONS, (index) => plainClaim(`w${index}`)),
  ])
}
const [us, them] = [
  at(
    rates.map(([rate]) => rate),
    0.5,
  ),
  at(
    rates.map(([, rate]) => rate),
    0.5,
  ),
]
console.log(`claims a second                ${show(us)} ${show(them)} ${show(us / them)}`)

await plain.end()
await runtime.stop()
await server.leave()
await rm(folder, { recursive: true, force: true })
