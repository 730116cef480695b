import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Builds, RegistrationProof, Worker, WorkerToken } from '../builds/index.ts'
import { type PollReply, type RegisterReply, RegisterRequest } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { callerOf, namedWorker, requireCaller } from './farm-caller.ts'
import { type Guard, headerOf } from './guard.ts'
import { read, readId } from './request-input.ts'
import { onUndelivered, waitSignal } from './server-context.ts'
import type { Routes } from './server-options.ts'

/** Ends before the 60 s after which the oldest workers give up a request. */
const WAIT_MAX_SECONDS = 55
const CAPABILITIES_MAX_CHARS = 64 * 1024

const PollQuery = z.object({ wait: z.coerce.number().min(0).max(WAIT_MAX_SECONDS).default(0) })

/** How workers join the farm and get work. */
export const farmWorkersRoutes =
  (builds: Builds, baseImageId: string | null): Routes =>
  (server, guard) => {
    server.post('/api/workers/register', async (request): Promise<RegisterReply> => {
      const proof = await readProof(guard, request)
      const registered = await builds.registerWorker(readRegistration(request.body), proof)
      if (!registered.ok) throw registrationRefused(registered.reason)
      const { worker, token, known } = registered.value
      const status = known ? 're-registered' : 'registered'
      return { id: worker.id, access_token: token, status, message: `Worker ${status}`, baseImageId }
    })

    server.get('/api/workers/poll', { onRequest: requireCaller(builds, guard) }, (request, reply) =>
      poll(builds, request, reply),
    )
  }

/** A key may register any worker; without one, a worker proves by its last token who it is. */
async function readProof(guard: Guard, request: FastifyRequest): Promise<RegistrationProof> {
  const token = headerOf(request, 'x-worker-token')
  if (token !== undefined && headerOf(request, 'x-api-key') === undefined) return { trusted: false, token }
  await guard.authenticate(request, 'worker')
  return { trusted: true, token }
}

function readRegistration(body: unknown): RegisterRequest {
  const wanted = read(RegisterRequest, body)
  if (wanted.capabilities === undefined && wanted.platform === undefined) {
    throw new Problem('invalid_request', 'capabilities: what the worker can do is required', {
      field: 'capabilities',
      wayOut: 'Send {"name": …, "capabilities": {"platforms": ["linux"]}}.',
    })
  }
  if (JSON.stringify(wanted.capabilities ?? {}).length > CAPABILITIES_MAX_CHARS) {
    throw new Problem('too_large', 'The capabilities are too long', { field: 'capabilities' })
  }
  return wanted
}

function registrationRefused(reason: 'worker_taken' | 'invalid_id'): Problem {
  if (reason === 'invalid_id') return new Problem(reason, 'This is not a worker id', { field: 'id' })
  return new Problem(reason, 'Another worker has this id', {
    field: 'id',
    wayOut: 'Register with an API key, with the last token of this worker, or without an id.',
  })
}

async function poll(builds: Builds, request: FastifyRequest, reply: FastifyReply): Promise<PollReply> {
  const { wait } = read(PollQuery, request.query)
  const { worker, token } = await pollingWorker(builds, request)
  const signal = waitSignal(request, reply)
  const answer = await builds.poll(worker, { waitMs: wait * 1_000, signal, token })
  const { job } = answer
  if (job) onUndelivered(reply, () => void giveBack(builds, job.id, job.attempt))
  return { job, access_token: answer.token }
}

async function pollingWorker(
  builds: Builds,
  request: FastifyRequest,
): Promise<{ readonly worker: Worker; readonly token?: WorkerToken }> {
  const caller = callerOf(request)
  if (caller.by === 'worker') return caller
  const id = namedWorker(request)
  if (id === undefined) {
    throw new Problem('worker_id_missing', 'worker_id is required with an API key', { field: 'worker_id' })
  }
  const worker = await builds.findWorker(readId(id, 'worker'))
  if (!worker) throw new Problem('not_found', 'Worker not found', { field: 'worker_id' })
  return { worker }
}

/** The job never reached its worker; should this fail too, its lease runs out. */
async function giveBack(builds: Builds, buildId: string, attempt: number): Promise<void> {
  const options = { reason: 'vanished before it got the build', counted: false }
  await builds.handBack({ buildId, attempt }, options).catch(() => undefined)
}
