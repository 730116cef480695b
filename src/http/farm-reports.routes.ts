import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Builds, WorkerClaim } from '../builds/index.ts'
import {
  type HeartbeatReply,
  NewLogLine as Line,
  LogLevel,
  type LogPushReply,
  type NewLogLine,
} from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { acceptCarelessJson } from './bodies.ts'
import { callerOf, claimOf, namedWorker, refusedClaim, requireCaller } from './farm-caller.ts'
import { idOf, read } from './request-input.ts'
import type { Routes } from './server-options.ts'

/** A batch of log lines may be this large. */
const LOGS_MAX_BYTES = 5 * 1024 * 1024

const Beat = z.object({ progress: z.number().min(0).max(100).optional() })

/** What the worker that holds a build asks and says about it. */
export const farmReportsRoutes =
  (builds: Builds): Routes =>
  async (server, guard) => {
    const worker = { onRequest: requireCaller(builds, guard) }
    // Fastify would answer HEAD by reading the whole file.
    const input = { ...worker, exposeHeadRoute: false }

    server.get('/api/builds/:id/source', input, (request, reply) =>
      sendInput(builds, 'source', request, reply),
    )
    server.get('/api/builds/:id/certs', input, (request, reply) => sendInput(builds, 'certs', request, reply))

    server.post('/api/builds/:id/heartbeat', worker, async (request) => {
      if (callerOf(request).by === 'key' && namedWorker(request) === undefined) {
        throw new Problem('worker_id_missing', 'worker_id is required', { field: 'worker_id' })
      }
      const heard = await builds.heartbeat(claimFrom(request), read(Beat, request.body))
      if (!heard.ok) throw refusedClaim(heard.reason)
      return { status: 'ok', timestamp: heard.value.nowMs } satisfies HeartbeatReply
    })

    await server.register(async (scope) => {
      acceptCarelessJson(scope)
      scope.post('/api/builds/:id/logs', { ...worker, bodyLimit: LOGS_MAX_BYTES }, (request) =>
        pushLogs(builds, request),
      )
    })
  }

const claimFrom = (request: FastifyRequest): WorkerClaim =>
  claimOf(callerOf(request), idOf(request), namedWorker(request))

async function sendInput(
  builds: Builds,
  kind: 'source' | 'certs',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const opened = await builds.openInput(claimFrom(request), kind)
  if (!opened.ok) throw inputRefused(opened.reason, kind)
  const { stream, bytes, sha256 } = opened.value
  reply.type('application/zip')
  reply.headers({ 'content-length': bytes, 'x-checksum-sha256': sha256, 'cache-control': 'no-store' })
  return reply.send(stream)
}

type InputRefusal = 'worker_required' | 'no_file' | Parameters<typeof refusedClaim>[0]

function inputRefused(reason: InputRefusal, kind: 'source' | 'certs'): Problem {
  if (reason === 'no_file')
    return new Problem('not_found', kind === 'certs' ? 'Certs not found' : 'Source not found')
  if (reason !== 'worker_required') return refusedClaim(reason)
  return new Problem('worker_missing', 'X-Worker-Id header required', { field: 'X-Worker-Id' })
}

async function pushLogs(builds: Builds, request: FastifyRequest): Promise<LogPushReply> {
  const { lines, single } = readLines(request.body)
  const kept = await builds.appendLogs(claimFrom(request), lines)
  if (!kept.ok && kept.reason !== 'log_limit') throw refusedClaim(kept.reason)
  // A full log is no reason for a worker to give up its build.
  return single ? { success: true } : { success: true, count: kept.ok ? kept.value.count : 0 }
}

/** One line, or a batch of which lines that are none are left out. */
function readLines(body: unknown): { readonly lines: readonly NewLogLine[]; readonly single: boolean } {
  const { logs, level, message } = (body ?? {}) as { logs?: unknown; level?: unknown; message?: unknown }
  if (Array.isArray(logs)) {
    const lines = logs.map((line) => Line.safeParse(line)).flatMap(({ data }) => data ?? [])
    return { lines, single: false }
  }
  if (typeof message !== 'string' || level === undefined) {
    throw invalidLogs('Invalid body. Expected {level, message} or {logs: [{level, message}]}')
  }
  const known = LogLevel.safeParse(level)
  if (!known.success) throw invalidLogs('Invalid log level. Must be: info, warn, or error', 'level')
  return { lines: [{ level: known.data, message }], single: true }
}

const invalidLogs = (message: string, field?: string): Problem =>
  new Problem('invalid_request', message, { field })
