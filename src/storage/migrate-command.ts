import { systemClock } from '../kernel/index.ts'
import { joinEmbedded } from './embedded-postgres.ts'
import { type MigrationStatus, migrateTarget, statusOfTarget } from './migrate.ts'
import type { StorageOptions } from './storage-options.ts'
import { externalTarget, type Target } from './target.ts'

/**
 * Brings the schema up to date: `quorate migrate up`. An embedded server that
 * does not run is started for as long as it takes.
 */
export function migrate(options: StorageOptions): Promise<MigrationStatus> {
  return withTarget(options, (target) => migrateTarget(target, options.migrationsDir))
}

/** Says what is applied and what is pending, and changes nothing: `quorate migrate status`. */
export function migrationStatus(options: StorageOptions): Promise<MigrationStatus> {
  return withTarget(options, (target) => statusOfTarget(target, options.migrationsDir))
}

async function withTarget<T>(options: StorageOptions, work: (target: Target) => Promise<T>): Promise<T> {
  const { databaseUrl, clock = systemClock } = options
  if (databaseUrl !== undefined) return await work(externalTarget(databaseUrl))
  const server = await joinEmbedded({ ...options, clock })
  try {
    return await work(server.target)
  } finally {
    await server.leave()
  }
}
