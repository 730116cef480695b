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
import { type Bench, type Contender, perSecond } from './harness.ts'

const CONNECTIONS = 10
const AT_ONCE = 100
const MANY = 2_000
const WARM_ROUNDS = 25

/** A queue that somebody claims from. */
interface Claims {
  fill(count: number): Promise<void>
  /** Claims as the worker with this number; throws when nothing waits. */
  claim(worker: number): Promise<void>
}

/** Both queues, in one real server. */
interface World {
  readonly ours: Claims
  readonly plain: Claims
  close(): Promise<void>
}

let world: Promise<World> | undefined

const inWorld = async (): Promise<World> => {
  world ??= openWorld().then(warmed)
  return await world
}

/** Connections, prepared statements and compiled code are there before anybody counts. */
async function warmed(cold: World): Promise<World> {
  for (let round = 0; round < WARM_ROUNDS; round += 1) {
    await waitOf(cold.ours, 1)
    await waitOf(cold.plain, 1)
  }
  return cold
}

async function openWorld(): Promise<World> {
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
  const pool = new Pool({ connectionString: server.url, max: CONNECTIONS })
  return {
    ours: await farm(
      builds,
      () => database.sql`delete from builds`,
      () => pool.query('vacuum analyze builds'),
    ),
    plain: await plainQueue(pool),
    async close() {
      await pool.end()
      await runtime.stop()
      await server.leave()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Builds = ReturnType<typeof createBuilds>

async function farm(
  builds: Builds,
  empty: () => Promise<unknown>,
  vacuum: () => Promise<unknown>,
): Promise<Claims> {
  const workers = await registered(builds, MANY)
  const source = { id: 'bench', sha256: '0'.repeat(64), bytes: 1 }
  const token = { value: 'presented', expiresInMs: 90_000 }
  return {
    async fill(count) {
      await empty()
      await inLanes(CONNECTIONS, count, () =>
        builds.submit({ source, platform: 'linux', submitter: 'bench' }).then(() => undefined),
      )
      await vacuum()
    },
    async claim(number) {
      const worker = workers[number]
      const asked = { waitMs: 0, signal: new AbortController().signal, token }
      const { job } = worker ? await builds.poll(worker, asked) : { job: null }
      if (job === null) throw new Error('a poll met an empty queue')
    },
  }
}

async function registered(builds: Builds, count: number): Promise<readonly Worker[]> {
  const made: Worker[] = []
  for (let index = 0; index < count; index += 1) {
    const outcome = await builds.registerWorker({ id: `w${index}`, name: `w${index}` }, { trusted: true })
    if (outcome.ok) made.push(outcome.value.worker)
  }
  return made
}

async function plainQueue(pool: Pool): Promise<Claims> {
  await pool.query(`create table plain (id int primary key, state text not null, worker text)`)
  await pool.query(`create index on plain (id) where state = 'pending'`)
  return {
    async fill(count) {
      await pool.query('truncate plain')
      await pool.query(`insert into plain select n, 'pending' from generate_series(1, ${count}) n`)
      await pool.query('vacuum analyze plain')
    },
    async claim(worker) {
      const { rowCount } = await pool.query({
        name: 'claim',
        text: `update plain set state = 'assigned', worker = $1 where id =
                 (select id from plain where state = 'pending' order by id limit 1 for update skip locked)
               returning id`,
        values: [`w${worker}`],
      })
      if (rowCount !== 1) throw new Error('a claim met an empty queue')
    },
  }
}

async function inLanes(lanes: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** The wait, in milliseconds, that `share` of the crowd did not exceed. */
async function waitOf({ fill, claim }: Claims, share: number): Promise<number> {
  await fill(AT_ONCE)
  const startedMs = performance.now()
  const waits = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, worker) => claim(worker).then(() => performance.now() - startedMs)),
  )
  return waits.toSorted((a, b) => a - b)[Math.ceil(AT_ONCE * share) - 1] ?? Number.NaN
}

async function claimRate({ fill, claim }: Claims, lanes: number): Promise<number> {
  await fill(MANY)
  return perSecond(MANY, () => inLanes(lanes, MANY, claim))
}

/** Ours first; `lanes` says how many claim at a time where that is not the crowd. */
function sides(
  sample: (queue: Claims, lanes: number) => Promise<number>,
): readonly [Contender, ...Contender[]] {
  return [
    { name: 'quorate/builds', sample: async () => sample((await inWorld()).ours, AT_ONCE) },
    {
      name: 'one bare statement',
      note: 'the limit: no token, log, event, capability or trust',
      sample: async () => sample((await inWorld()).plain, CONNECTIONS),
    },
  ]
}

export const bench: Bench = {
  about: 'The build farm against one bare statement, on a real PostgreSQL with full fsync.',
  rounds: 7,
  isolated: false,
  questions: [
    {
      title: `${AT_ONCE} workers poll at once: the median wait`,
      unit: 'ms',
      better: 'less',
      contenders: sides((queue) => waitOf(queue, 0.5)),
    },
    {
      title: `${AT_ONCE} workers poll at once: the 99th percentile of waits`,
      unit: 'ms',
      better: 'less',
      contenders: sides((queue) => waitOf(queue, 0.99)),
    },
    {
      title: 'builds handed out',
      unit: 'builds/s',
      better: 'more',
      contenders: sides(claimRate),
    },
  ],
  teardown: async () => (await world)?.close(),
}
