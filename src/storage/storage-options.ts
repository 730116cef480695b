import type { Clock, Secret } from '../kernel/index.ts'

/** How a node stores its data. */
export interface StorageOptions {
  /** A server of the user's own (PostgreSQL 13 or newer). Without it one is run under `dataDir`. */
  readonly databaseUrl?: string | Secret | undefined
  /** Holds the embedded server's data (in `postgres/`); made if absent. */
  readonly dataDir: string
  readonly blobDir: string
  /** Most connections of this node, beside one that listens and one that keeps the embedded server. */
  readonly poolMax: number
  /** Longest a statement may run. */
  readonly statementTimeoutMs: number
  /** Most bytes all blobs together may take. */
  readonly blobQuotaBytes?: number | undefined
  /** Space blobs leave free on the disk. */
  readonly blobMinFreeBytes: number
  /** At start: `auto` brings the schema up to date, `check` refuses an old one. */
  readonly migrate: 'auto' | 'check'
  /** How long `sql` waits for a connection; 5000 unless given. */
  readonly waitMs?: number | undefined
  /** Folder of `NNNN_room_title.sql` files; the product's own unless given. */
  readonly migrationsDir?: string | undefined
  /** PostgreSQL programs to run instead of the bundled ones. */
  readonly postgresBinDir?: string | undefined
  /** Extra settings of the embedded server, such as `{ fsync: 'off' }` in tests. */
  readonly postgresSettings?: Readonly<Record<string, string>> | undefined
  /** The machine's unless given. */
  readonly clock?: Clock | undefined
}
