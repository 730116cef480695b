export type {
  Blob,
  BlobReading,
  BlobStore,
  BlobUsage,
  ByteRange,
  References,
  WriteFailure,
  WriteLimits,
} from './blob-store.ts'
export { createDatabase, type Database, type DatabaseStatus } from './database.ts'
export { type EmbeddedOptions, type EmbeddedServer, joinEmbedded } from './embedded-postgres.ts'
export type { MigrationStatus } from './migrate.ts'
export { migrate, migrationStatus } from './migrate-command.ts'
export { Json, json, type Sql, type SqlScalar, type SqlValue } from './sql.ts'
export {
  LeftoversSwept,
  ListeningLost,
  ListeningStarted,
  SchemaReady,
  ServerJoined,
  ServerLost,
} from './storage.events.ts'
export { storageSupervisor } from './storage.supervisor.ts'
export type { StorageOptions } from './storage-options.ts'
