import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { newId, Problem } from '../kernel/index.ts'
import { acceptBodies } from './bodies.ts'
import { createGuard } from './guard.ts'
import { healthRoutes } from './health.routes.ts'
import { type HttpLog, logReply } from './http-log.ts'
import type { Metrics } from './metrics.ts'
import { problemBody, problemHandler } from './problems.ts'
import { decorate, type ServerContext } from './server-context.ts'
import type { ServerOptions } from './server-options.ts'
import { sessionRoutes } from './session.routes.ts'

/** JSON bodies; uploads stream and have limits of their own. */
const BODY_MAX_BYTES = 1024 * 1024
/** No byte in either direction: longer than any long poll. */
const SILENCE_MAX_MS = 120_000
/** From the first to the last byte of a request. */
const REQUEST_MAX_MS = 3_600_000

/** The server with all its routes, not listening yet: tests `inject()` requests into it. */
export async function createServer(options: ServerOptions, context: ServerContext): Promise<FastifyInstance> {
  const { log } = options
  const server = fastify({
    bodyLimit: BODY_MAX_BYTES,
    connectionTimeout: SILENCE_MAX_MS,
    requestTimeout: REQUEST_MAX_MS,
    forceCloseConnections: 'idle',
    trustProxy: options.trustProxy ?? false,
    genReqId: () => newId(),
    frameworkErrors: (error, request, reply) => void problemHandler(log)(error, request, reply),
  })
  decorate(server, context)
  server.setErrorHandler(problemHandler(log))
  server.setNotFoundHandler(noSuchRoute)
  acceptBodies(server)
  await server.register(cookie)
  await server.register(helmet, SECURITY)
  addHooks(server, log, context.metrics)
  const guard = createGuard(options.access)
  const routes = [healthRoutes(options), sessionRoutes(options.access), ...options.routes]
  for (const group of routes) await server.register(async (scope) => group(scope, guard))
  return server
}

/** Nothing from elsewhere, nobody frames us; no forced TLS, which plain-HTTP installations do not have. */
const SECURITY = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      objectSrc: ["'none'"],
    },
  },
  strictTransportSecurity: false,
}

function addHooks(server: FastifyInstance, log: HttpLog, metrics: Metrics): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  server.addHook('onSend', async (request) => discardRest(request))
  server.addHook('onResponse', async (request, reply) => {
    metrics.observe(request, reply)
    logReply(log, request, reply)
  })
  server.addHook('onRequestAbort', async (request) => {
    log.info({ request: request.id, method: request.method, path: request.url.split('?')[0] }, 'http.aborted')
  })
}

/** Most bytes of a refused upload that are still read so that its sender gets to see the refusal. */
const REST_MAX_BYTES = 64 * 1024 * 1024

/**
 * A reply may go out while the request's body is still coming. Closing at once
 * would lose the reply on its way; reading for ever would be an attack.
 */
function discardRest({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return
  let left = REST_MAX_BYTES
  raw.on('error', () => undefined)
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) raw.destroy()
  })
  raw.resume()
}

function noSuchRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = new Problem('not_found', `There is no ${request.method} ${request.url.split('?')[0]}`)
  return reply.code(404).send(problemBody(problem, request.id))
}
