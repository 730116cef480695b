import { type Clock, emit, Problem } from '../kernel/index.ts'
import type { Runtime } from '../otp/index.ts'
import type { BlobStore, Database } from '../storage/index.ts'
import { type BuildStore, buildStore } from './build.store.ts'
import { type BuildFilesStore, buildFilesStore } from './build-files.store.ts'
import { type BuildLogStore, buildLogStore } from './build-log.store.ts'
import { DutyMissed } from './builds.events.ts'
import { type ChangeFeed, createChangeFeed } from './change-feed.ts'
import { type ClaimStore, claimStore } from './claim.store.ts'
import { type BuildLimits, defaultLimits } from './limits.ts'
import { type ReportStore, reportStore } from './report.store.ts'
import { type WorkerStore, workerStore } from './worker.store.ts'

/** How a node runs the farm. */
export interface BuildsOptions {
  readonly database: Database
  readonly runtime: Runtime
  readonly limits?: Partial<BuildLimits> | undefined
  /** Image that virtual machines of workers start from, if the farm names one. */
  readonly baseImageId?: string | undefined
}

/** What the desks and processes of one farm share. */
export interface Parts {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly limits: BuildLimits
  readonly baseImageId: string | null
  readonly blobs: BlobStore
  readonly feed: ChangeFeed
  readonly builds: BuildStore
  readonly claims: ClaimStore
  readonly reports: ReportStore
  readonly logs: BuildLogStore
  readonly workers: WorkerStore
  readonly files: BuildFilesStore
}

/** Puts the parts together; touches nothing yet. */
export function assemble({ database, runtime, limits, baseImageId }: BuildsOptions): Parts {
  const { sql, blobs } = database
  return {
    runtime,
    clock: runtime.clock,
    limits: { ...defaultLimits, ...limits },
    baseImageId: baseImageId ?? null,
    blobs,
    feed: createChangeFeed(database),
    builds: buildStore(sql),
    claims: claimStore(sql),
    reports: reportStore(sql),
    logs: buildLogStore(sql),
    workers: workerStore(sql),
    files: buildFilesStore(sql),
  }
}

/** Removes those of the files that no build names. */
export async function dropUnreferenced({ files, blobs }: Parts, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  const needed = await files.referenced(ids)
  const removed = await Promise.all(ids.filter((id) => !needed.has(id)).map((id) => blobs.remove(id)))
  return removed.filter(Boolean).length
}

/** Runs a duty; a store that does not answer is an expected outcome, everything else a crash. */
export async function attemptDuty<T>(
  duty: 'claim' | 'rescue' | 'keep',
  work: () => Promise<T>,
): Promise<T | Problem> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    emit(DutyMissed, { duty, problem: error })
    return error
  }
}
