import type { StorageOptions } from '../storage/index.ts'
import type { Config } from './config.ts'

/** The part of the configuration that says where data lives. */
export function storageOptions({ data_dir: dataDir, database, blobs }: Config): StorageOptions {
  return {
    dataDir,
    databaseUrl: database.url,
    poolMax: database.pool_max,
    statementTimeoutMs: database.statement_timeout,
    migrate: database.migrate,
    blobDir: blobs.dir ?? `${dataDir}/blobs`,
    blobQuotaBytes: blobs.quota,
    blobMinFreeBytes: blobs.min_free,
  }
}
