import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../kernel/index.ts'
import type { Metrics } from './metrics.ts'

/** What every route of one server may need, found at `server.quorate`. */
export interface ServerContext {
  readonly clock: Clock
  readonly metrics: Metrics
  /** Aborted when the server begins to drain: waits end early, streams say goodbye. */
  readonly draining: AbortSignal
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly quorate: ServerContext
  }
}

/** Hands the context to the routes of this server. */
export function decorate(server: FastifyInstance, context: ServerContext): void {
  server.decorate('quorate', context)
}

/**
 * Aborted when nobody waits for this reply any more: the client went away
 * before all of it was handed to the network.
 */
export function abandoned(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  if (reply.raw.destroyed) gone.abort()
  return gone.signal
}
