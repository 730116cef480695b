import type { Job } from '../contract/index.ts'
import { newToken } from '../kernel/index.ts'
import { printAttemptToken } from './attempt-token.codec.ts'
import type { ClaimedBuild } from './claim.store.ts'

/** A claimed build as its worker is told of it. */
export function jobFor(build: ClaimedBuild, secret: string, baseImageId: string | null): Job {
  const { id, attempt } = build
  return {
    id,
    platform: build.platform,
    source_url: `/api/builds/${id}/source`,
    certs_url: build.hasCerts ? `/api/builds/${id}/certs` : null,
    baseImageId,
    submitted_at: build.submittedAt.getTime(),
    // Clients refuse a job without one. It opens nothing yet, so nothing of it is kept.
    otp: newToken(),
    attempt,
    attempt_token: printAttemptToken({ buildId: id, attempt, secret }),
    lease_ms: build.leaseMs,
    source_sha256: build.sourceSha256,
  }
}
