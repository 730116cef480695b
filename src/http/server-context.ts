import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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

/** Calls back when the client went away before all of the reply was handed to the network. */
export function onUndelivered(reply: FastifyReply, callback: () => void): void {
  if (reply.raw.destroyed) return callback()
  let delivered = false
  reply.raw.once('finish', () => {
    delivered = true
  })
  reply.raw.once('close', () => delivered || callback())
}

/** Aborted when waiting on is pointless: the client went away, or the server drains. */
export function waitSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const { draining } = request.server.quorate
  const over = new AbortController()
  const end = (): void => over.abort()
  draining.addEventListener('abort', end)
  reply.raw.once('close', () => draining.removeEventListener('abort', end))
  onUndelivered(reply, end)
  if (draining.aborted) end()
  return over.signal
}
