import type { Job } from '../contract/index.ts'
import { emit, hashToken, newToken } from '../kernel/index.ts'
import { printAttemptToken } from './attempt-token.codec.ts'
import { BuildAssigned } from './builds.events.ts'
import type { ClaimedBuild, Taker } from './claim.store.ts'
import { loseBuilds } from './loss.ts'
import type { Parts } from './parts.ts'
import type { WaitingWorker } from './waiting-room.ts'

/** Claims a build for each of the workers, as far as there are; all must take the same platforms. */
export async function claimFor(
  parts: Parts,
  workers: readonly WaitingWorker[],
): Promise<ReadonlyMap<string, Job>> {
  const secrets = new Map(workers.map(({ id }) => [id, newToken()]))
  const takers = workers.map(({ id, leaseMs }) => ({
    workerId: id,
    leaseMs,
    secretHash: hashToken(secrets.get(id) ?? ''),
  }))
  const claimed = takers.length === 0 ? [] : await take(parts, takers, workers[0]?.platforms ?? [])
  for (const { id, workerId, attempt, redelivered, waitedMs } of claimed) {
    emit(BuildAssigned, { id, workerId, attempt, redelivered, waitedMs })
  }
  return new Map(
    claimed.map((build) => [
      build.workerId,
      jobFrom(build, secrets.get(build.workerId) ?? '', parts.baseImageId),
    ]),
  )
}

const UNIQUE_VIOLATION = '23505'

/** Another node may serve one of the takers at the same moment; the second look sees it. */
async function take(
  { claims, limits }: Parts,
  takers: readonly Taker[],
  platforms: readonly string[],
): Promise<readonly ClaimedBuild[]> {
  const look = () => claims.take(takers, platforms, limits.startGraceMs)
  try {
    return await look()
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error
    return await look()
  }
}

/** Puts a job back that its worker did not wait for. */
export async function takeBack(parts: Parts, workerId: string, { id, attempt }: Job): Promise<void> {
  const reason = 'was gone before the build reached it'
  const which = { silentOnly: false, buildId: id, workerId, attempt, max: 1 }
  await loseBuilds(parts, { ...which, reason, counted: false })
}

function jobFrom(build: ClaimedBuild, secret: string, baseImageId: string | null): Job {
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
