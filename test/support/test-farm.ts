import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import {
  type Build,
  type BuildLimits,
  type BuildsService,
  buildsSupervisor,
  createBuilds,
  type NewBuild,
  type Worker,
} from '../../src/builds/index.ts'
import type { RegisterRequest } from '../../src/contract/index.ts'
import { createRuntime, type Runtime, Supervisor } from '../../src/otp/index.ts'
import { type Blob, createDatabase, type Database, storageSupervisor } from '../../src/storage/index.ts'
import { type TestDatabase, testDatabase } from './test-database.ts'

/** A node of a build farm with real storage and running processes. */
export interface TestFarm {
  readonly builds: BuildsService
  readonly runtime: Runtime
  readonly database: Database
  /** Stores `text` as a blob. */
  blob(text: string): Promise<Blob>
  /** Submits a build with a real source. */
  submit(changes?: Partial<NewBuild>): Promise<Build>
  /** Registers a worker; its name is its id. */
  worker(id: string, changes?: Partial<RegisterRequest>): Promise<Worker>
  /** Lets the lease of a build run out, by the database's clock. */
  expireLease(buildId: string): Promise<void>
  /** Another node, with its own pool and blobs, on the same database. */
  join(): Promise<TestFarm>
}

/** A farm on a database of the test's own; all of it goes when the test ends. */
export async function testFarm(t: TestContext, limits: Partial<BuildLimits> = {}): Promise<TestFarm> {
  const store = await testDatabase(t)
  return await startFarm(t, store, store.database, limits)
}

async function startFarm(
  t: TestContext,
  store: TestDatabase,
  database: Database,
  limits: Partial<BuildLimits>,
): Promise<TestFarm> {
  const runtime = createRuntime()
  t.onTestFinished(() => runtime.stop())
  const builds = createBuilds({ database, runtime, limits })
  const others = database === store.database ? [] : [storageSupervisor(database)]
  const children = [...others, buildsSupervisor(builds)]
  await Supervisor.startLink({ strategy: 'rest_for_one', children }, { runtime })

  const blob = async (text: string): Promise<Blob> => {
    const written = await database.blobs.write(chunks(text), { bytesMax: 1_000_000 })
    if (!written.ok) throw new Error(`blob not written: ${written.reason}`)
    return written.value
  }

  return {
    builds,
    runtime,
    database,
    blob,
    async submit(changes) {
      const source = changes?.source ?? (await blob('PK source'))
      const order = { platform: 'linux', submitter: 'test', ...changes, source } as const
      return (await builds.submit(order)).build
    },
    async worker(id, changes) {
      const registered = await builds.registerWorker({ id, name: id, ...changes }, { trusted: true })
      if (!registered.ok) throw new Error(`worker not registered: ${registered.reason}`)
      return registered.value.worker
    },
    async expireLease(buildId) {
      await database.sql`
        update builds set lease_expires_at = now() - interval '1 second'
         where id = ${buildId} and lease_expires_at is not null`
    },
    async join() {
      const blobDir = await mkdtemp(join(tmpdir(), 'quorate-blobs-'))
      t.onTestFinished(() => rm(blobDir, { recursive: true, force: true }))
      return await startFarm(t, store, createDatabase({ ...store.options, blobDir }), limits)
    },
  }
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
