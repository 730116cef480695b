import type { FastifyReply } from 'fastify'
import type { VersionReply } from '../contract/index.ts'
import type { Routes, ServerOptions } from './server-options.ts'

/** `/livez`, `/readyz`, `/health`, `/metrics`, `/api/v1/version`: for machines that watch, without a key. */
export const healthRoutes =
  ({ readiness, health, version }: ServerOptions): Routes =>
  (server) => {
    const { metrics, draining } = server.quorate
    server.get('/livez', async () => ({ ok: true }))
    server.get('/readyz', async (_request, reply) => {
      const found = await readiness()
      const ready = found.ready && !draining.aborted
      return reply.code(ready ? 200 : 503).send({ ...found, ready, draining: draining.aborted })
    })
    const sendHealth = async (_request: unknown, reply: FastifyReply): Promise<FastifyReply> => {
      const found = await health()
      reply.header('access-control-allow-origin', '*')
      return reply.code(found.status === 'ok' ? 200 : 503).send(found)
    }
    server.get('/health', sendHealth)
    server.get('/api/health', sendHealth)
    server.get('/metrics', async (_request, reply) => {
      const { contentType, text } = await metrics.page()
      return reply.type(contentType).send(text)
    })
    server.get(
      '/api/v1/version',
      async (): Promise<VersionReply> => ({ name: 'quorate', version, node: process.version }),
    )
  }
