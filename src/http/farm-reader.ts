import type { FastifyRequest } from 'fastify'
import type { Builds } from '../builds/index.ts'
import { Problem } from '../kernel/index.ts'
import { type Guard, headerOf } from './guard.ts'
import { idOf } from './request-input.ts'

/**
 * An `onRequest` hook for routes of one build: whoever may read all builds, or
 * holds the token that this one's submitter was given. Clients send either or
 * both, and a stale token beside a good key does no harm.
 */
export function requireReader(builds: Builds, guard: Guard) {
  return async (request: FastifyRequest): Promise<void> => {
    const id = idOf(request)
    const token = headerOf(request, 'x-build-token')
    if (token === undefined) return void (await guard.authenticate(request, 'read'))
    if (await builds.matchesBuildToken(id, token)) return
    if (headerOf(request, 'x-api-key') === undefined) {
      throw new Problem('token_invalid', 'Invalid build token', { field: 'X-Build-Token' })
    }
    await guard.authenticate(request, 'read')
  }
}
