import { type ChildOptions, type ChildSpec, Supervisor } from '../otp/index.ts'
import { BlobKeeper } from './blob-store.server.ts'
import type { Database } from './database.ts'
import { EmbeddedPostgres } from './embedded-postgres.server.ts'
import { Notifier } from './notifier.server.ts'
import { ConnectionPool } from './pool.server.ts'
import { partsOf } from './storage-parts.ts'

/** A checkpoint at the end can take a while; longer than the server's own limits, it is left running. */
const POSTGRES_SHUTDOWN_MS = 65_000

/**
 * A server that does not come up (a full disk) is tried ever more rarely and
 * never takes the node down: slowed like this, restarts stay within the limit.
 */
const SLOWER = { initialMs: 100, maxMs: 5_000 }
const LIMITS = { maxRestarts: 10, maxSeconds: 5 }

/**
 * The processes behind a handle: `embedded PostgreSQL? → pool → notifier → blob
 * store`, each restarted with those after it. Its start resolves when the
 * database is usable and its schema right, and fails with the `Problem` that
 * says why not.
 */
export function storageSupervisor(
  database: Database,
  options: Pick<ChildOptions, 'id' | 'name'> = {},
): ChildSpec {
  const parts = partsOf(database)
  const own = EmbeddedPostgres.child(parts, { shutdown: POSTGRES_SHUTDOWN_MS, backoff: SLOWER })
  return Supervisor.child({
    id: options.id ?? 'storage',
    name: options.name ?? 'storage',
    strategy: 'rest_for_one',
    ...LIMITS,
    children: [
      ...(parts.embedded === undefined ? [] : [own]),
      ConnectionPool.child(parts, { backoff: SLOWER }),
      Notifier.child(parts),
      BlobKeeper.child(parts),
    ],
  })
}
