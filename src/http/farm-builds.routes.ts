import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Build, Builds } from '../builds/index.ts'
import { BuildState, type CancelReply, Platform } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { sendDownload } from './download.ts'
import { buildNotFound } from './farm-caller.ts'
import { requireReader } from './farm-reader.ts'
import { activeRow, detailReply, listRow, statusReply, submitReply } from './farm-replies.ts'
import { logQuery } from './log-query.ts'
import { idOf, read } from './request-input.ts'
import type { Routes } from './server-options.ts'

/** The most that a list without a `limit` shows. */
const LIST_MAX = 500

const ListQuery = z.object({
  status: BuildState.optional(),
  platform: Platform.optional(),
  worker_id: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(LIST_MAX).default(100),
  offset: z.coerce.number().int().min(0).max(1_000_000).optional(),
})

/** What submitters and readers ask of the farm, as its clients know it. */
export const farmBuildsRoutes =
  (builds: Builds): Routes =>
  (server, guard) => {
    const reader = { onRequest: guard.require('read') }
    const holder = { onRequest: requireReader(builds, guard) }

    /** A bare array, newest first; with any query an object, as newer clients ask for it. */
    server.get('/api/builds', reader, async (request) => {
      if (Object.keys(request.query as object).length === 0) {
        return (await builds.list({ limit: LIST_MAX })).builds.map(listRow)
      }
      const { status: state, worker_id: workerId, ...rest } = read(ListQuery, request.query)
      const page = await builds.list({ state, workerId, ...rest })
      const counts = await builds.counts()
      return { builds: page.builds.map(listRow), total: state ? counts[state] : counts.total }
    })

    server.get('/api/builds/active', reader, async () => {
      const found = await Promise.all(
        (['assigned', 'building'] as const).map((state) => builds.list({ state, limit: LIST_MAX })),
      )
      return { builds: found.flatMap((page) => page.builds).map(activeRow) }
    })

    server.get('/api/builds/statistics', reader, () => builds.counts())

    server.get('/api/builds/:id', holder, async (request) => detailReply(await findBuild(builds, request)))

    server.get('/api/builds/:id/status', holder, async (request) =>
      statusReply(await findBuild(builds, request)),
    )

    server.get('/api/builds/:id/logs', holder, async (request) => {
      const { id } = await findBuild(builds, request)
      return { build_id: id, logs: await builds.logs(id, logQuery(request)) }
    })

    server.get('/api/builds/:id/download', holder, (request, reply) => sendArtifact(builds, request, reply))

    server.post('/api/builds/:id/cancel', { onRequest: guard.require('submit') }, async (request) => {
      const cancelled = await builds.cancel(idOf(request))
      if (cancelled.ok) return { success: true, status: 'cancelled' } satisfies CancelReply
      if (cancelled.reason === 'not_found') throw buildNotFound()
      throw new Problem('already_finished', 'Build already finished')
    })

    server.post('/api/builds/:id/retry', holder, async (request) => {
      const original = idOf(request)
      const again = await builds.retry(original)
      if (again.ok) return { ...submitReply(again.value), original_build_id: original }
      if (again.reason === 'not_found') throw buildNotFound()
      throw new Problem(
        'source_gone',
        'Original build source no longer available. Please submit a new build.',
      )
    })
  }

/** The build of this route, or 404. */
export async function findBuild(builds: Builds, request: FastifyRequest): Promise<Build> {
  const build = await builds.find(idOf(request))
  if (!build) throw buildNotFound()
  return build
}

async function sendArtifact(
  builds: Builds,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const build = await findBuild(builds, request)
  const { artifact } = build
  if (!artifact) throw new Problem('not_completed', 'Build not completed', { wayOut: 'Wait until it is.' })
  return sendDownload(request, reply, {
    ...artifact,
    contentType: 'application/octet-stream',
    name: fileName(build, artifact.name),
    async open(range) {
      const opened = await builds.openArtifact(build.id, range)
      if (opened.ok) return opened.value.stream
      throw new Problem('not_found', 'The artefact of this build is gone', { field: 'id' })
    },
  })
}

/** The mobile platforms' clients expect the id and their own ending. */
function fileName({ id, platform }: Build, name: string): string {
  if (platform === 'ios') return `${id}.ipa`
  return platform === 'android' ? `${id}.apk` : name
}
