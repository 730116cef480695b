import { type ChildOptions, type ChildSpec, Supervisor } from '../otp/index.ts'
import { BlobKeeper } from './blob-store.server.ts'
import type { Database } from './database.ts'
import { EmbeddedPostgres } from './embedded-postgres.server.ts'
import { Notifier } from './notifier.server.ts'
import { ConnectionPool } from './pool.server.ts'
import { partsOf } from './storage-parts.ts'

/** A checkpoint at the end can take a while; longer than the server's own limits, it is left running. */
const POSTGRES_SHUTDOWN_MS = 65_000

/** A server that does not come up is tried ever more rarely instead of taking the node down. */
const SLOWER = { initialMs: 100, maxMs: 5_000 }

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
    children: [
      ...(parts.embedded === undefined ? [] : [own]),
      ConnectionPool.child(parts, { backoff: SLOWER }),
      Notifier.child(parts),
      BlobKeeper.child(parts),
    ],
  })
}
