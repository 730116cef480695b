import type { BuildState, Platform } from '../contract/index.ts'
import type { Artifact, Build } from './build.ts'

/** Columns of `builds`, with the name of the worker beside them. */
export interface BuildRow {
  readonly id: string
  readonly seq: number
  readonly platform: Platform
  readonly name: string | null
  readonly priority: number
  readonly submitter: string
  readonly state: BuildState
  readonly worker_id: string | null
  readonly worker_name: string | null
  readonly attempt: number
  readonly attempts_max: number
  readonly progress: number | null
  readonly error: string | null
  readonly source_blob: string | null
  readonly source_sha256: string
  readonly source_bytes: number
  readonly certs_sha256: string | null
  readonly artifact_blob: string | null
  readonly artifact_sha256: string | null
  readonly artifact_bytes: number | null
  readonly artifact_name: string | null
  readonly submitted_at: Date
  readonly started_at: Date | null
  readonly finished_at: Date | null
}

/** Reads a row. */
export function buildFromRow(row: BuildRow): Build {
  return {
    id: row.id,
    seq: row.seq,
    platform: row.platform,
    name: row.name,
    priority: row.priority,
    submitter: row.submitter,
    state: row.state,
    attempt: row.attempt,
    attemptsMax: row.attempts_max,
    workerId: row.worker_id,
    workerName: row.worker_name,
    progress: row.progress,
    error: row.error,
    source: { id: row.source_blob, sha256: row.source_sha256, bytes: row.source_bytes },
    hasCerts: row.certs_sha256 !== null,
    artifact: artifactFromRow(row),
    submittedAt: row.submitted_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

function artifactFromRow(row: BuildRow): Artifact | null {
  const { artifact_blob: id, artifact_sha256: sha256, artifact_bytes: bytes, artifact_name: name } = row
  return id === null || sha256 === null || bytes === null || name === null
    ? null
    : { id, sha256, bytes, name }
}
