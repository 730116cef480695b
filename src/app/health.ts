import type { Builds } from '../builds/index.ts'
import type { ReadyReply } from '../contract/index.ts'
import type { Runtime } from '../otp/index.ts'
import type { Database } from '../storage/index.ts'

/** Ready means: the database answers and its schema is ours. */
export async function readiness(database: Database): Promise<ReadyReply> {
  const { ok, ms, problem } = await database.status()
  const check = problem === undefined ? { ok, ms } : { ok, ms, message: problem.message }
  return { ready: ok, draining: false, checks: { database: check } }
}

/** The body of `/health`, with the words that the farm's clients look for. */
export async function farmHealth(database: Database, builds: Builds, runtime: Runtime) {
  const { ok } = await database.status()
  const queue = ok ? await queueCounts(builds) : undefined
  const storage = await database.blobs.usage().catch(() => undefined)
  return {
    status: ok && queue && storage ? 'ok' : 'error',
    database: word(ok),
    queue_manager: word(runtime.whereis('builds.assignment') !== undefined),
    heartbeat_monitor: word(runtime.whereis('builds.heartbeat_monitor') !== undefined),
    queue: queue ?? null,
    storage: storage ? { bytes: storage.bytes, free_bytes: storage.freeBytes } : null,
    timestamp: new Date(runtime.clock.nowMs()).toISOString(),
  }
}

async function queueCounts(builds: Builds) {
  const counts = await builds.counts().catch(() => undefined)
  return counts && { pending: counts.pending, active: counts.assigned + counts.building, total: counts.total }
}

const word = (healthy: boolean): string => (healthy ? 'healthy' : 'unhealthy')
