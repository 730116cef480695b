import { buildsSupervisor, createBuilds } from '../builds/index.ts'
import { dashboardHub, dashboardRoutes } from '../dashboard/index.ts'
import { buildsRoutes, createAccess, endpoint } from '../http/index.ts'
import { newId, type Secret } from '../kernel/index.ts'
import {
  type ChildSpec,
  createRuntime,
  type ExitReason,
  formatReport,
  type Runtime,
  Supervisor,
} from '../otp/index.ts'
import { createDatabase, type Database, storageSupervisor } from '../storage/index.ts'
import type { Config } from './config.ts'
import { eventLog } from './event-log.server.ts'
import { firstKey } from './first-key.server.ts'
import { farmHealth, readiness } from './health.ts'
import { startHeart } from './heart.ts'
import type { Logger } from './logger.ts'
import { storageOptions } from './storage-options.ts'
import { productVersion } from './version.ts'

/** Registered name of the root supervisor. */
const ROOT = 'quorate'

/** What a node needs beside its configuration. */
export interface NodeOptions {
  readonly log: Logger
  /** Called with the admin key when the first start made one: the only time that anybody sees it. */
  readonly onFirstKey: (key: Secret) => void
}

/** A running node. */
export interface Node {
  /** Where it answers. */
  readonly url: string
  readonly runtime: Runtime
  /** Resolves when the node has ended for good: `shutdown` after `stop`, else why it gave up. */
  readonly ended: Promise<ExitReason>
  /** Drains requests, ends the tree in reverse order, the database last. */
  stop(): Promise<void>
}

/**
 * Starts the supervision tree; resolves when the node answers requests.
 *
 * Rejects with the `Problem` of the process that could not start (`port_in_use`,
 * `database_unavailable`, `schema_newer`, …); then nothing is left running.
 */
export async function startNode(config: Config, options: NodeOptions): Promise<Node> {
  const { log } = options
  const runtime = createRuntime({
    logger: (report) => log.error({ kind: report.kind }, formatReport(report)),
  })
  const database = createDatabase(storageOptions(config))
  let url = ''
  const root = rootSupervisor({ config, runtime, database, ...options, onListening: (at) => (url = at) })
  const heart = await startHeart(runtime, root)
  return {
    url,
    runtime,
    ended: heart.ended,
    async stop() {
      heart.stop()
      await heart.ended
      await runtime.stop()
    },
  }
}

interface Composition extends NodeOptions {
  readonly config: Config
  readonly runtime: Runtime
  readonly database: Database
  readonly onListening: (url: string) => void
}

/** The tree: what a node consists of, in the order in which it starts. */
function rootSupervisor(composition: Composition): ChildSpec {
  const { config, runtime, database, log, onFirstKey, onListening } = composition
  const access = createAccess(database)
  const builds = createBuilds({ database, runtime, ...farmOptions(config) })
  const dashboard = { builds, node: { id: newId(), runtime, root: ROOT } }
  const { source_max: sourceMaxBytes, artifact_max: artifactMaxBytes } = config.builds
  const farm = buildsRoutes(builds, database, {
    sourceMaxBytes,
    artifactMaxBytes,
    baseImageId: config.builds.base_image,
  })
  return Supervisor.child({
    id: ROOT,
    name: ROOT,
    strategy: 'one_for_one',
    children: [
      eventLog(log),
      storageSupervisor(database),
      buildsSupervisor(builds),
      dashboardHub(dashboard),
      endpoint({
        host: config.http.host,
        port: config.http.port,
        trustProxy: config.http.trust_proxy,
        access,
        routes: [farm, dashboardRoutes(dashboard)],
        readiness: () => readiness(database),
        health: () => farmHealth(database, builds, runtime),
        log,
        version: productVersion(),
        onListening,
      }),
      firstKey({ access, configured: config.api_key, onCreated: onFirstKey }),
    ],
  })
}

function farmOptions({ builds }: Config) {
  return {
    baseImageId: builds.base_image,
    limits: {
      startGraceMs: builds.start_grace,
      silenceMs: builds.silence,
      monitorMs: builds.sweep,
      attemptsMax: builds.attempts_max,
    },
  }
}
