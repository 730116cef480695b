import type { BuildView, WorkerView } from '../contract/index.ts'
import type { Build } from './build.ts'
import type { Worker } from './worker.ts'

/** A build as `/api/v1` and the live events show it. */
export function buildView(build: Build): BuildView {
  return {
    id: build.id,
    state: build.state,
    platform: build.platform,
    name: build.name,
    priority: build.priority,
    attempt: build.attempt,
    attempts_max: build.attemptsMax,
    worker_id: build.workerId,
    worker_name: build.workerName,
    progress: build.progress,
    submitted_at: build.submittedAt.toISOString(),
    started_at: build.startedAt?.toISOString() ?? null,
    finished_at: build.finishedAt?.toISOString() ?? null,
    error: build.error,
    source: { bytes: build.source.bytes, sha256: build.source.sha256 },
    artifact: build.artifact && {
      bytes: build.artifact.bytes,
      sha256: build.artifact.sha256,
      name: build.artifact.name,
    },
  }
}

/** A worker as `/api/v1` and the live events show it. */
export function workerView(worker: Worker): WorkerView {
  return {
    id: worker.id,
    name: worker.name,
    status: worker.online ? (worker.buildId === null ? 'idle' : 'building') : 'offline',
    platforms: [...worker.platforms],
    build_id: worker.buildId,
    last_seen_at: worker.lastSeenAt.toISOString(),
    registered_at: worker.registeredAt.toISOString(),
    builds_completed: worker.buildsCompleted,
    builds_failed: worker.buildsFailed,
  }
}
