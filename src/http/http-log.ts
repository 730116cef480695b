import type { FastifyReply, FastifyRequest } from 'fastify'
import { principalOf } from './guard.ts'

/** The part of a pino logger that this room uses. */
export interface HttpLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What is asked so often and says so little that it only shows at `debug`. */
const QUIET = new Set(['/livez', '/readyz', '/metrics', '/health', '/api/health', '/api/workers/poll'])

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
  const quiet = QUIET.has(path) && reply.statusCode < 400
  if (reply.statusCode >= 500) log.error(fields, 'http.request')
  else if (quiet) log.debug(fields, 'http.request')
  else log.info(fields, 'http.request')
}
