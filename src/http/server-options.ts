import type { FastifyInstance } from 'fastify'
import type { ReadyReply } from '../contract/index.ts'
import type { Access } from './access.ts'
import type { Guard } from './guard.ts'
import type { HttpLog } from './http-log.ts'

/** A group of routes. What needs a caller's scope puts `guard.require(scope)` in `onRequest`. */
export type Routes = (server: FastifyInstance, guard: Guard) => void | Promise<void>

/** What a server answers with, apart from where it listens. */
export interface ServerOptions {
  readonly access: Access
  readonly routes: readonly Routes[]
  /** Body of `/readyz`; `draining` is overruled while the server drains. */
  readonly readiness: () => Promise<ReadyReply>
  /** Body of `/health`; answered with 503 unless its `status` is `ok`. */
  readonly health: () => Promise<{ readonly status: string }>
  /** CIDR list of reverse proxies whose forwarded headers count, or none. */
  readonly trustProxy?: string | undefined
  readonly log: HttpLog
  /** Of the product, shown by `/api/v1/version`. */
  readonly version: string
}
