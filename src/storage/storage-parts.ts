import { type Clock, systemClock } from '../kernel/index.ts'
import { DiskBlobStore } from './disk-blob-store.ts'
import type { EmbeddedOptions } from './embedded-postgres.ts'
import { Listeners } from './listeners.ts'
import type { OpenPool, PoolLimits } from './pool.ts'
import { Slot } from './slot.ts'
import type { StorageOptions } from './storage-options.ts'
import { externalTarget, type Target } from './target.ts'

/** What the handle and the processes behind it share; it outlives every one of them. */
export interface StorageParts {
  readonly clock: Clock
  readonly limits: PoolLimits
  /** Undefined when the server is the user's own. */
  readonly embedded: EmbeddedOptions | undefined
  readonly migrate: 'auto' | 'check'
  readonly migrationsDir: string | undefined
  readonly target: Slot<Target>
  readonly pool: Slot<OpenPool>
  readonly listeners: Listeners
  readonly blobs: DiskBlobStore
  /** Looked at once per server, so that a pool can be restarted while a server of the user's is away. */
  schemaReady: boolean
}

const WAIT_MS = 5_000

/** Works out the options; throws a `Problem` for an address that is none. */
export function partsFrom(options: StorageOptions): StorageParts {
  const clock = options.clock ?? systemClock
  const target = new Slot<Target>(clock)
  if (options.databaseUrl !== undefined) target.fill(externalTarget(options.databaseUrl))
  return {
    clock,
    target,
    limits: limitsFrom(options),
    embedded: options.databaseUrl === undefined ? { ...options, clock } : undefined,
    migrate: options.migrate,
    migrationsDir: options.migrationsDir,
    pool: new Slot<OpenPool>(clock),
    listeners: new Listeners(),
    blobs: blobsFrom(options, clock),
    schemaReady: false,
  }
}

function limitsFrom({ poolMax, statementTimeoutMs, waitMs = WAIT_MS }: StorageOptions): PoolLimits {
  return { max: poolMax, statementTimeoutMs, waitMs }
}

function blobsFrom(options: StorageOptions, clock: Clock): DiskBlobStore {
  const { blobDir, blobQuotaBytes, blobMinFreeBytes } = options
  return new DiskBlobStore({
    folder: blobDir,
    quotaBytes: blobQuotaBytes,
    minFreeBytes: blobMinFreeBytes,
    clock,
  })
}

const partsOfHandle = new WeakMap<object, StorageParts>()

/** Remembers what belongs to a handle, out of reach of those who hold it. */
export function attachParts(handle: object, parts: StorageParts): void {
  partsOfHandle.set(handle, parts)
}

/** What belongs to a handle that `createDatabase` made. */
export function partsOf(handle: object): StorageParts {
  const parts = partsOfHandle.get(handle)
  if (parts === undefined) throw new TypeError('this database was not made by createDatabase')
  return parts
}
