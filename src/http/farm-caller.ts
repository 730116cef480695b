import type { FastifyRequest } from 'fastify'
import type { Builds, ClaimRefusal, Worker, WorkerClaim, WorkerToken } from '../builds/index.ts'
import { Problem } from '../kernel/index.ts'
import { type Guard, headerOf } from './guard.ts'

/**
 * Who speaks for a worker. The farm's generations of workers prove themselves
 * by an attempt's token, by their own token, or by an operator's key that
 * vouches for whatever worker id they name.
 */
export type FarmCaller =
  | {
      readonly by: 'attempt'
      readonly buildId: string
      readonly attempt: number
      readonly workerId?: string | undefined
    }
  | { readonly by: 'worker'; readonly worker: Worker; readonly expired: boolean; readonly token: WorkerToken }
  | { readonly by: 'key' }

const callers = new WeakMap<FastifyRequest, FarmCaller>()

/**
 * An `onRequest` hook that finds out who speaks, before the body is read.
 * A worker builds longer than its token lives, so what it has in hand may also
 * be reported with an expired one (`expired: 'accepted'`).
 */
export function requireCaller(builds: Builds, guard: Guard, expired: 'accepted' | 'refused' = 'refused') {
  return async (request: FastifyRequest): Promise<void> => {
    const caller = await identify(builds, guard, request)
    if (caller.by === 'worker' && caller.expired && expired === 'refused') throw workerTokenInvalid()
    callers.set(request, caller)
  }
}

/** The caller that `requireCaller` let pass. */
export function callerOf(request: FastifyRequest): FarmCaller {
  const caller = callers.get(request)
  if (!caller) throw new Error(`no caller known on ${request.routeOptions.url}`)
  return caller
}

async function identify(builds: Builds, guard: Guard, request: FastifyRequest): Promise<FarmCaller> {
  const attemptToken = headerOf(request, 'x-attempt-token')
  if (attemptToken !== undefined) {
    const holder = await builds.attemptFor(attemptToken)
    if (!holder) throw new Problem('token_invalid', 'Invalid attempt token', { field: 'X-Attempt-Token' })
    return { by: 'attempt', ...holder }
  }
  const workerToken = headerOf(request, 'x-worker-token')
  if (workerToken !== undefined) {
    const found = await builds.workerByToken(workerToken)
    if (!found) throw workerTokenInvalid()
    return { by: 'worker', ...found }
  }
  await guard.authenticate(request, 'worker')
  return { by: 'key' }
}

/** Tells the worker to register again, under its old id. */
const workerTokenInvalid = (): Problem =>
  new Problem('worker_token_invalid', 'Invalid or expired worker token', {
    field: 'X-Worker-Token',
    wayOut: 'Register again with the same id.',
  })

/** The worker id that a key's holder names: in the query, or in a header. */
export function namedWorker(request: FastifyRequest): string | undefined {
  const { worker_id: named } = request.query as { readonly worker_id?: unknown }
  return typeof named === 'string' && named !== '' ? named : headerOf(request, 'x-worker-id')
}

/** The caller's claim on a build. `workerId` is whom a key's holder speaks for. */
export function claimOf(caller: FarmCaller, buildId: string, workerId: string | undefined): WorkerClaim {
  switch (caller.by) {
    case 'attempt':
      if (caller.buildId !== buildId)
        throw new Problem('token_invalid', 'This attempt token is for another build')
      return { buildId, attempt: caller.attempt, workerId: caller.workerId }
    case 'worker':
      return { buildId, workerId: caller.worker.id }
    case 'key':
      return { buildId, workerId, trusted: true }
  }
}

/** Why a worker's word does not count, in words. */
export function refusedClaim(reason: ClaimRefusal): Problem {
  switch (reason) {
    case 'not_found':
      return buildNotFound()
    case 'wrong_worker':
      return new Problem('not_your_build', 'This build is assigned to another worker')
    case 'lease_lost':
      return new Problem('lease_lost', 'This build is no longer yours', { wayOut: 'Stop working on it.' })
    case 'cancelled':
      return new Problem('cancelled', 'Build cancelled by user', { wayOut: 'Stop working on it.' })
  }
}

/** No build has this id. */
export const buildNotFound = (): Problem => new Problem('not_found', 'Build not found', { field: 'id' })
