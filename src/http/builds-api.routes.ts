import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Builds, buildView, workerView } from '../builds/index.ts'
import { type BuildPage, BuildState, type LogsReply, Platform, type WorkersReply } from '../contract/index.ts'
import { openEventStream } from './event-stream.ts'
import { findBuild } from './farm-builds.routes.ts'
import { requireReader } from './farm-reader.ts'
import { headerOf } from './guard.ts'
import { logQuery } from './log-query.ts'
import { streamLog } from './log-stream.ts'
import { read } from './request-input.ts'
import type { Routes } from './server-options.ts'

const PageQuery = z.object({
  state: BuildState.optional(),
  platform: Platform.optional(),
  worker_id: z.string().optional(),
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

const Cursor = z.coerce.number().int().min(0)

/** The farm in our own words: `/api/v1/builds`, `/workers`, `/counts`. */
export const buildsApiRoutes =
  (builds: Builds): Routes =>
  (server, guard) => {
    const reader = { onRequest: guard.require('read') }
    const holder = { onRequest: requireReader(builds, guard) }

    server.get('/api/v1/builds', reader, async (request): Promise<BuildPage> => {
      const { worker_id: workerId, ...filter } = read(PageQuery, request.query)
      const page = await builds.list({ ...filter, workerId })
      return { builds: page.builds.map(buildView), next: page.next }
    })

    server.get('/api/v1/builds/:id', holder, async (request) => buildView(await findBuild(builds, request)))

    server.get('/api/v1/builds/:id/logs', holder, async (request): Promise<LogsReply> => {
      const { id } = await findBuild(builds, request)
      return { build_id: id, logs: [...(await builds.logs(id, logQuery(request)))] }
    })

    server.get('/api/v1/builds/:id/logs/stream', holder, async (request, reply) => {
      const { id } = await findBuild(builds, request)
      const after = cursorOf(request)
      void streamLog(builds, id, after, openEventStream(request, reply))
    })

    server.get('/api/v1/workers', reader, async (): Promise<WorkersReply> => {
      const workers = await builds.listWorkers()
      return { workers: workers.map(workerView) }
    })

    server.get('/api/v1/counts', reader, () => builds.counts())
  }

/** The last line the reader has: by its browser's memory, or as it says itself. */
const cursorOf = (request: FastifyRequest): number =>
  read(Cursor, headerOf(request, 'last-event-id') ?? (request.query as { after?: unknown }).after ?? 0)
