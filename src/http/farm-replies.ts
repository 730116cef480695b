import type { Build } from '../builds/index.ts'
import type { BuildListRow, BuildStatusReply, SubmitReply } from '../contract/index.ts'

/** The farm's clients know no `cancelled`: to them such a build failed. */
const statusOf = ({ state }: Build): BuildStatusReply['status'] => (state === 'cancelled' ? 'failed' : state)

const errorOf = ({ state, error }: Build): string | null =>
  state === 'cancelled' ? (error ?? 'Build cancelled by user') : error

/** `POST /api/builds/submit`; the token is shown here only. */
export const submitReply = ({
  build,
  token,
}: {
  readonly build: Build
  readonly token: string
}): SubmitReply => ({
  id: build.id,
  status: 'pending',
  platform: build.platform,
  submitted_at: build.submittedAt.getTime(),
  access_token: token,
})

/** What every reply about a build says. */
const common = (build: Build) => ({
  id: build.id,
  status: statusOf(build),
  state: build.state,
  platform: build.platform,
  worker_id: build.workerId,
})

/** `GET /api/builds/:id/status`. */
export function statusReply(build: Build): BuildStatusReply {
  return {
    ...common(build),
    submitted_at: build.submittedAt.getTime(),
    started_at: build.startedAt?.getTime() ?? null,
    completed_at: build.finishedAt?.getTime() ?? null,
    error_message: errorOf(build),
  }
}

/** A row of `GET /api/builds`. */
export function listRow(build: Build): BuildListRow {
  return {
    ...common(build),
    createdAt: build.submittedAt.toISOString(),
    ...(build.finishedAt && { completedAt: build.finishedAt.toISOString() }),
  }
}

/** `GET /api/builds/:id`. */
export function detailReply(build: Build) {
  return {
    ...listRow(build),
    worker_name: build.workerName,
    updated_at: (build.finishedAt ?? build.startedAt ?? build.submittedAt).toISOString(),
    error_message: errorOf(build),
    has_result: build.artifact !== null,
  }
}

/** A row of `GET /api/builds/active`. */
export const activeRow = (build: Build) => ({
  ...common(build),
  started_at: build.startedAt?.toISOString() ?? null,
})
