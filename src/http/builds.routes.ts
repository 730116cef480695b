import type { Builds } from '../builds/index.ts'
import type { Database } from '../storage/index.ts'
import { buildsApiRoutes } from './builds-api.routes.ts'
import { farmBuildsRoutes } from './farm-builds.routes.ts'
import { farmReportsRoutes } from './farm-reports.routes.ts'
import { farmResultsRoutes } from './farm-results.routes.ts'
import { farmStatsRoutes } from './farm-stats.routes.ts'
import { farmSubmitRoutes } from './farm-submit.routes.ts'
import { farmWorkersRoutes } from './farm-workers.routes.ts'
import type { Routes } from './server-options.ts'

/** Limits of what the farm takes in. */
export interface BuildsRoutesOptions {
  readonly sourceMaxBytes: number
  readonly artifactMaxBytes: number
  /** 50 MB unless given. */
  readonly certsMaxBytes?: number | undefined
  /** Told to workers that start virtual machines. */
  readonly baseImageId?: string | undefined
}

const CERTS_MAX_BYTES = 50 * 1024 ** 2

/** Every door of the build farm: as its clients know it, and under `/api/v1`. */
export function buildsRoutes(builds: Builds, database: Database, options: BuildsRoutesOptions): Routes {
  const { certsMaxBytes = CERTS_MAX_BYTES, baseImageId = null, ...limits } = options
  const groups = [
    farmSubmitRoutes(builds, database.blobs, { ...limits, certsMaxBytes }),
    farmBuildsRoutes(builds),
    farmReportsRoutes(builds),
    farmWorkersRoutes(builds, baseImageId),
    farmResultsRoutes(builds, database.blobs, limits),
    farmStatsRoutes(builds),
    buildsApiRoutes(builds),
    farmGauges(builds, database),
  ]
  return async (server, guard) => {
    for (const group of groups) await group(server, guard)
  }
}

const farmGauges =
  (builds: Builds, database: Database): Routes =>
  (server) => {
    const { metrics } = server.quorate
    metrics.gauge('quorate_builds', 'Builds by state', 'state', async () => {
      const { total: _total, ...byState } = await builds.counts()
      return byState
    })
    metrics.gauge('quorate_workers', 'Workers by status', 'status', async () => {
      return { online: (await builds.totals()).workersOnline }
    })
    metrics.gauge('quorate_blob_bytes', 'Bytes of stored files, and left on their disk', 'kind', async () => {
      const { bytes, freeBytes } = await database.blobs.usage()
      return { used: bytes, free: freeBytes }
    })
  }
