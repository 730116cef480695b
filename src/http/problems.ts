import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemBody } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { CallError } from '../otp/index.ts'
import type { HttpLog } from './http-log.ts'

/** The status each problem code is answered with; a code that is not here is a bug of ours: 500. */
const STATUSES: Readonly<Record<string, number>> = {
  already_finished: 400,
  bad_request: 400,
  invalid_cursor: 400,
  invalid_id: 400,
  invalid_json: 400,
  invalid_multipart: 400,
  invalid_request: 400,
  not_completed: 400,
  worker_id_missing: 400,
  key_missing: 401,
  worker_missing: 401,
  worker_token_invalid: 401,
  foreign_page: 403,
  key_invalid: 403,
  not_your_build: 403,
  scope_missing: 403,
  token_invalid: 403,
  not_found: 404,
  cancelled: 409,
  lease_lost: 409,
  no_state: 409,
  root_process: 409,
  worker_taken: 409,
  source_gone: 400,
  too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  database_unavailable: 503,
  statement_timeout: 503,
  draining: 503,
  process_busy: 503,
  restarting: 503,
  database_disk_full: 507,
  disk_full: 507,
  quota_exceeded: 507,
}

/** What Fastify itself refuses, in our words. */
const FRAMEWORK: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem('too_large', 'The request body is too large'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem('invalid_json', 'The request body is not valid JSON'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem('unsupported_media_type', 'This content type is not accepted here', {
      field: 'Content-Type',
      wayOut: 'Send application/json.',
    }),
}

/** The HTTP status of a problem's code. */
export const statusOf = (problem: Problem): number => STATUSES[problem.code] ?? 500

/**
 * Turns whatever a route threw into a `Problem` that may be shown.
 *
 * Bugs become `internal` without any detail; a process that is being restarted
 * becomes `restarting`, which a client may try again.
 */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return statusOf(error) === 500 ? internal(error) : error
  if (error instanceof CallError) {
    return new Problem('restarting', 'This part of the server is restarting', {
      wayOut: 'Try again in a second.',
      cause: error,
    })
  }
  const { code = '', statusCode = 500, message } = error as Partial<FastifyError>
  const known = Object.hasOwn(FRAMEWORK, code) ? FRAMEWORK[code]?.() : undefined
  if (known) return known
  return statusCode >= 400 && statusCode < 500
    ? new Problem('bad_request', message ?? 'The request cannot be read')
    : internal(error)
}

const internal = (cause: unknown): Problem =>
  new Problem('internal', 'The server made a mistake', {
    wayOut: 'Report the request id to whoever runs this server.',
    cause,
  })

/** The reply's JSON, naming the request so that it is found in the log. */
export function problemBody(problem: Problem, requestId: string): ProblemBody {
  return {
    error: problem.message,
    code: problem.code,
    ...(problem.field === undefined ? {} : { field: problem.field }),
    ...(problem.wayOut === undefined ? {} : { way_out: problem.wayOut }),
    request_id: requestId,
  }
}

/** Answers for every route: problems as JSON, and the log keeps what strangers do not see. */
export function problemHandler(log: HttpLog) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = asProblem(error)
    const status = statusOf(problem)
    if (status === 500) log.error({ err: error, request: request.id }, 'http.mistake')
    else log.debug({ code: problem.code, cause: problem.cause, request: request.id }, 'http.refused')
    if (status === 503) reply.header('retry-after', '1')
    return reply.code(status).send(problemBody(problem, request.id))
  }
}
