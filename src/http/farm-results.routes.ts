import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Builds, WorkerClaim } from '../builds/index.ts'
import type { AbandonReply, ReportReply } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import type { BlobStore } from '../storage/index.ts'
import { buildNotFound, callerOf, claimOf, namedWorker, refusedClaim, requireCaller } from './farm-caller.ts'
import { read, readId } from './request-input.ts'
import type { Routes } from './server-options.ts'
import { receiveUpload, type StoredFile, type Upload } from './upload.ts'

const Failure = z.object({
  build_id: z.string(),
  worker_id: z.string().optional(),
  /** Clients disagree about the name. */
  error: z.string().optional(),
  error_message: z.string().optional(),
})

const HandBack = z.object({
  build_id: z.string(),
  worker_id: z.string().optional(),
  reason: z.string().max(500).optional(),
})

/** How workers settle the builds they hold. */
export const farmResultsRoutes =
  (builds: Builds, blobs: BlobStore, limits: { readonly artifactMaxBytes: number }): Routes =>
  (server, guard) => {
    const worker = { onRequest: requireCaller(builds, guard, 'accepted') }
    const rules = new Map([['result', { bytesMax: limits.artifactMaxBytes }]])

    for (const path of ['/api/workers/upload', '/api/workers/result']) {
      server.post(path, worker, async (request) => {
        const report = await receiveUpload(request, blobs, rules, (upload) => readReport(request, upload))
        return settle(builds, report)
      })
    }

    server.post('/api/workers/fail', worker, async (request) => {
      const { build_id, worker_id, error, error_message } = read(Failure, request.body)
      return fail(builds, claimFrom(request, build_id, worker_id), error ?? error_message)
    })

    server.post('/api/workers/abandon', worker, async (request): Promise<AbandonReply> => {
      const { build_id, worker_id, reason } = read(HandBack, request.body)
      const claim = claimFrom(request, build_id, worker_id)
      const back = await builds.handBack(claim, { reason: reason ?? 'handed the build back', counted: true })
      if (!back.ok) throw refusedClaim(back.reason)
      return { success: true, message: back.value.state === 'pending' ? 'Build requeued' : 'Build failed' }
    })
  }

interface Report {
  readonly claim: WorkerClaim
  readonly success: boolean
  readonly error: string | undefined
  readonly result: StoredFile | undefined
}

function readReport(request: FastifyRequest, { fields, files }: Upload): Report {
  const success = fields.get('success') ?? 'true'
  if (success !== 'true' && success !== 'false') {
    throw new Problem('invalid_request', 'success: must be "true" or "false"', { field: 'success' })
  }
  return {
    claim: claimFrom(request, fields.get('build_id'), fields.get('worker_id')),
    success: success === 'true',
    error: fields.get('error_message'),
    result: files.get('result'),
  }
}

/** Holders of an attempt token need not name the build; those who vouch by key must name both. */
function claimFrom(
  request: FastifyRequest,
  build: string | undefined,
  worker: string | undefined,
): WorkerClaim {
  const caller = callerOf(request)
  const buildId = build ?? (caller.by === 'attempt' ? caller.buildId : undefined)
  if (buildId === undefined)
    throw new Problem('invalid_request', 'build_id is required', { field: 'build_id' })
  const workerId = worker ?? namedWorker(request)
  if (caller.by === 'key' && workerId === undefined) {
    throw new Problem('worker_id_missing', 'worker_id is required with an API key', { field: 'worker_id' })
  }
  return claimOf(caller, readId(buildId, 'build'), workerId)
}

function settle(builds: Builds, { claim, success, error, result }: Report): Promise<ReportReply> {
  if (!success) return fail(builds, claim, error)
  return result ? finish(builds, claim, result) : confirm(builds, claim)
}

async function finish(builds: Builds, claim: WorkerClaim, result: StoredFile): Promise<ReportReply> {
  const name = result.name === '' ? `${claim.buildId}.bin` : result.name
  const finished = await builds.finish(claim, { ...result, name })
  if (!finished.ok) throw refusedClaim(finished.reason)
  return { success: true, status: 'success', message: 'Build completed' }
}

async function fail(builds: Builds, claim: WorkerClaim, error: string | undefined): Promise<ReportReply> {
  const failed = await builds.fail(claim, error || 'The worker gave no reason')
  if (!failed.ok) throw refusedClaim(failed.reason)
  return { success: true, status: 'failed', message: 'Build failure recorded' }
}

/** Success without a file: fine once the artefact came another way, as virtual machines send it. */
async function confirm(builds: Builds, { buildId }: WorkerClaim): Promise<ReportReply> {
  const build = await builds.find(buildId)
  if (!build) throw buildNotFound()
  if (build.finishedAt) return { success: true, status: 'success', message: 'Build had ended already' }
  throw new Problem('invalid_request', 'Result file required', { field: 'result' })
}
