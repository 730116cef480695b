import type { FastifyReply, FastifyRequest } from 'fastify'
import { principalOf } from './guard.ts'

/** The part of a pino logger that this room uses. */
export interface HttpLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Routes asked so often, and saying so little, that they only show at `debug`. */
const QUIET: ReadonlySet<string | undefined> = new Set([
  '/livez',
  '/readyz',
  '/metrics',
  '/health',
  '/api/health',
  '/api/workers/poll',
  '/api/v1/processes',
  '/api/v1/processes/:pid',
])

/**
 * Writes one line per answered request. It never sees headers, query or body,
 * so no key, token, cookie or password can get from a request into the log.
 */
export function logReply(log: HttpLog, request: FastifyRequest, reply: FastifyReply): void {
  const [path = ''] = request.url.split('?')
  const fields = {
    request: request.id,
    method: request.method,
    path,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    by: principalOf(request)?.name,
  }
  const quiet = QUIET.has(request.routeOptions.url) && reply.statusCode < 400
  if (reply.statusCode >= 500) log.error(fields, 'http.request')
  else if (quiet) log.debug(fields, 'http.request')
  else log.info(fields, 'http.request')
}
