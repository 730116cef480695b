import type { BuildState, Platform } from '../contract/index.ts'
import type { Blob } from '../storage/index.ts'

/** What a finished build left behind; `name` is the worker's wish for a file name, never a path. */
export interface Artifact extends Blob {
  readonly name: string
}

/** One build as its row says. Times are the database's. */
export interface Build {
  readonly id: string
  /** Grows with each submission. */
  readonly seq: number
  readonly platform: Platform
  readonly name: string | null
  /** Higher goes first. */
  readonly priority: number
  readonly submitter: string
  readonly state: BuildState
  /** 0 until a worker claims it; the holder's writes carry it and are refused when it is old. */
  readonly attempt: number
  readonly attemptsMax: number
  readonly workerId: string | null
  readonly workerName: string | null
  /** Percent, as far as the worker says so. */
  readonly progress: number | null
  readonly error: string | null
  /** `id` is null once the source was thrown away. */
  readonly source: Omit<Blob, 'id'> & { readonly id: string | null }
  readonly hasCerts: boolean
  readonly artifact: Artifact | null
  readonly submittedAt: Date
  /** First sign of life of the present attempt; its assignment, if it ended without one. */
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** What a submitter hands in; the blobs belong to the build from then on. */
export interface NewBuild {
  readonly source: Blob
  readonly certs?: Blob | undefined
  readonly platform: Platform
  readonly name?: string | undefined
  readonly priority?: number | undefined
  /** Name of the key that submitted it. */
  readonly submitter: string
}
