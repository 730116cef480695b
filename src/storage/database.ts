import { Problem } from '../kernel/index.ts'
import type { BlobStore } from './blob-store.ts'
import { pooledSql } from './pool.ts'
import type { Sql } from './sql.ts'
import type { StorageOptions } from './storage-options.ts'
import { attachParts, partsFrom, type StorageParts } from './storage-parts.ts'

/**
 * The store of one node: one stable handle that lives through restarts of the
 * processes behind it (`storageSupervisor`).
 */
export interface Database {
  /** While there is no connection it waits up to `waitMs` for one, then rejects with `database_unavailable`. */
  readonly sql: Sql
  /**
   * Calls `onMessage` for each NOTIFY on `channel`. Calls `onGap` each time
   * listening has (re)started: messages may have been missed before that
   * moment, so look again. Neither may throw. Returns stop.
   */
  listen(channel: string, onMessage: (payload: string) => void, onGap: () => void): () => void
  readonly blobs: BlobStore
  /** Asks the server; never rejects. */
  status(): Promise<DatabaseStatus>
}

/** What `quorate doctor`, health and the dashboard show of the store. */
export interface DatabaseStatus {
  readonly ok: boolean
  /** Round trip of one statement. */
  readonly ms: number
  /** Host and port, or socket; never the password. */
  readonly server: string
  readonly embedded: boolean
  readonly serverVersion?: string | undefined
  /** Newest migration applied, such as `0010_builds_baseline`. */
  readonly schemaVersion?: string | undefined
  readonly pool: {
    readonly size: number
    readonly busy: number
    readonly waiting: number
    readonly max: number
  }
  readonly problem?: { readonly code: string; readonly message: string } | undefined
}

/** Makes the handle; it connects once `storageSupervisor` runs. Throws `invalid_database_url`. */
export function createDatabase(options: StorageOptions): Database {
  const parts = partsFrom(options)
  const { pool, limits, clock, listeners, blobs } = parts
  const database: Database = {
    sql: pooledSql(pool, limits.waitMs, clock),
    blobs,
    listen: (channel, onMessage, onGap) => listeners.add(channel, { onMessage, onGap }),
    status: () => statusOf(parts),
  }
  attachParts(database, parts)
  return database
}

/** A status is wanted soon, also when the database is away. */
const STATUS_WAIT_MS = 1_000

async function statusOf(parts: StorageParts): Promise<DatabaseStatus> {
  const { clock, pool, limits, target, embedded } = parts
  const startedMs = clock.monotonicMs()
  const asked = await ask(pooledSql(pool, STATUS_WAIT_MS, clock))
  return {
    ...asked,
    ms: Math.round(clock.monotonicMs() - startedMs),
    server: target.current?.label ?? 'not running',
    embedded: embedded !== undefined,
    pool: { ...(pool.current?.counts ?? { size: 0, busy: 0, waiting: 0 }), max: limits.max },
  }
}

type Answer = Pick<DatabaseStatus, 'ok' | 'serverVersion' | 'schemaVersion' | 'problem'>

async function ask(sql: Sql): Promise<Answer> {
  try {
    const [row] = await sql<{ server: string; schema: string | null }>`
      select current_setting('server_version') as server,
             (select name from quorate_schema order by version desc limit 1) as schema`
    return { ok: true, serverVersion: row?.server, schemaVersion: row?.schema ?? undefined }
  } catch (error) {
    const code = error instanceof Problem ? error.code : 'database_failed'
    return { ok: false, problem: { code, message: error instanceof Error ? error.message : String(error) } }
  }
}
