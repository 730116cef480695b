import { emit, err, ok, type Result, tokenMatches } from '../kernel/index.ts'
import { parseAttemptToken } from './attempt-token.codec.ts'
import { ReportRefused } from './builds.events.ts'
import type { HolderDesk, OpenedBlob, Settled } from './builds.ts'
import {
  type ClaimRefusal,
  type Holding,
  isLate,
  refusal,
  speaksForHolder,
  type WorkerClaim,
} from './claim.ts'
import { loseBuilds } from './loss.ts'
import { dropUnreferenced, type Parts } from './parts.ts'
import type { InputKind, Outcome } from './report.store.ts'
import { fitText } from './stored-text.ts'
import { announceEnd } from './submitter-desk.ts'

type Report = 'finish' | 'fail' | 'heartbeat' | 'logs'

/** The desk for whoever holds a build. */
export function holderDesk(parts: Parts): HolderDesk {
  const { reports, logs, limits, clock } = parts

  return {
    async attemptFor(text) {
      const token = parseAttemptToken(text)
      const stored = token && (await reports.attempt(token.buildId, token.attempt))
      if (!token || !stored?.hash || !tokenMatches(token.secret, stored.hash)) return undefined
      return { buildId: token.buildId, attempt: token.attempt, workerId: stored.workerId ?? undefined }
    },

    async handBack(claim, { reason, counted }) {
      const why = fitText(reason, limits.logLineBytes)
      const [lost] = await loseBuilds(parts, { silentOnly: false, ...claim, reason: why, counted, max: 1 })
      return lost ? ok({ state: lost.state }) : err(refusal(claim, await reports.holding(claim.buildId)))
    },

    async heartbeat(claim, { progress }) {
      const heard = await reports.beat(claim, percent(progress), limits.silenceMs)
      if (heard.ok) return heard
      const holding = await reports.holding(claim.buildId)
      const crossed = holding?.state === 'completed' && speaksForHolder(claim, holding)
      return crossed ? ok({ nowMs: clock.nowMs() }) : refuse('heartbeat', claim, holding)
    },

    async appendLogs(claim, lines) {
      const fitting = lines.map(({ level, message }) => ({
        level,
        message: fitText(message, limits.logLineBytes),
      }))
      const added = await logs.append(claim, fitting, limits)
      if (added.ok) return ok({ count: lines.length })
      if (added.reason === 'full') return err('log_limit', 'the log of this build is full')
      return refuse('logs', claim, await reports.holding(claim.buildId))
    },

    openInput: (claim, kind) => openInput(parts, claim, kind),
    openSource: (claim) => openInput(parts, claim, 'source'),
    finish: (claim, artifact) =>
      settle(parts, 'finish', claim, {
        state: 'completed',
        artifact: { ...artifact, name: fitText(artifact.name, limits.nameBytes) },
      }),
    fail: (claim, error) =>
      settle(parts, 'fail', claim, { state: 'failed', error: fitText(error, limits.logLineBytes) }),
  }
}

const percent = (progress: number | undefined): number | null =>
  progress === undefined ? null : Math.min(100, Math.max(0, progress))

async function openInput(
  { reports, blobs }: Parts,
  claim: WorkerClaim,
  kind: InputKind,
): Promise<Result<OpenedBlob, ClaimRefusal | 'worker_required' | 'no_file'>> {
  if (claim.workerId === undefined && claim.attempt === undefined) return err('worker_required')
  const input = await reports.input(claim, kind)
  if (!input.ok) return err(refusal(claim, await reports.holding(claim.buildId)))
  const opened = input.value && (await blobs.read(input.value.id))
  if (!input.value || !opened?.ok) return err('no_file', `the build's ${kind} is not there`)
  return ok({ stream: opened.value.stream, bytes: opened.value.bytes, sha256: input.value.sha256 })
}

async function settle(
  parts: Parts,
  report: Report,
  claim: WorkerClaim,
  outcome: Outcome,
): Promise<Result<Settled, ClaimRefusal>> {
  const settled = await parts.reports.settle(claim, outcome)
  if (settled.ok) {
    announceEnd(settled.value)
    return ok({ build: settled.value, late: false })
  }
  if (outcome.state === 'completed') await dropUnreferenced(parts, [outcome.artifact.id])
  const holding = await parts.reports.holding(claim.buildId)
  const refused = refuse(report, claim, holding)
  if (!holding || !isLate(claim, holding, outcome.state)) return refused
  const build = await parts.builds.find(claim.buildId)
  return build ? ok({ build, late: true }) : refused
}

function refuse(report: Report, claim: WorkerClaim, holding: Holding | undefined) {
  const reason = refusal(claim, holding)
  emit(ReportRefused, { id: claim.buildId, report, reason })
  return err(reason)
}
