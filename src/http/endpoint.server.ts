import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Clock, type Problem, systemClock } from '../kernel/index.ts'
import { type ChildSpec, type Context, defineServer, failInit, reply } from '../otp/index.ts'
import { createServer } from './create-server.ts'
import { listenProblem } from './listen-problem.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { ServerOptions } from './server-options.ts'

/** Where a node answers, and with what. */
export interface EndpointOptions extends ServerOptions {
  readonly host: string
  /** 0 picks a free one, and restarts keep it. */
  readonly port: number
  /** Called each time the socket listens, with the address to reach it by. */
  readonly onListening?: ((url: string) => void) | undefined
  /** How long an orderly stop waits for replies under way; 10 s unless given. */
  readonly drainMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** What survives a crash of the process: nobody but the supervisor's child spec holds it. */
interface Site {
  readonly options: EndpointOptions
  readonly clock: Clock
  readonly metrics: Metrics
  readonly drainMs: number
  /** The port once it was ours; then it may take a moment to get it back. */
  port: number | undefined
}

interface State {
  readonly site: Site
  readonly server: FastifyInstance
  readonly draining: AbortController
  readonly url: string
  readonly stopCounting: () => void
}

const DRAIN_MS = 10_000
const IDLE_LOOK_MS = 50
const PORT_RETRIES = 40
const PORT_RETRY_MS = 50

/**
 * Owns the listening socket of the node.
 *
 * A crash or kill cuts every connection and the next incarnation listens on
 * the same port again within milliseconds: clients see a broken connection and
 * ask again, uploads under way leave nothing, streams resume where they were.
 */
export const Endpoint = defineServer({
  name: 'http.endpoint',
  async init(site: Site, ctx: Context) {
    ctx.trapExit(true)
    const { options, clock, metrics } = site
    const draining = new AbortController()
    const server = await createServer(options, { clock, metrics, draining: draining.signal })
    ctx.signal.addEventListener('abort', () => cut(server, draining))
    const failure = await listen(server, site)
    if (failure) return failInit(failure)
    const url = urlOf(options.host, site.port ?? 0)
    options.onListening?.(url)
    return { site, server, draining, url, stopCounting: metrics.listen() } satisfies State
  },
  calls: {
    /** The address to reach this node by. */
    url: (state) => reply(state.url, state),
  },
  async terminate(_reason, { site, server, draining, stopCounting }) {
    draining.abort()
    await drained(server, site)
    stopCounting()
  },
})

/** The child that listens on `host:port`; its start fails with `port_in_use` or `host_unavailable`. */
export function endpoint(options: EndpointOptions): ChildSpec {
  const drainMs = options.drainMs ?? DRAIN_MS
  const site: Site = {
    options,
    clock: options.clock ?? systemClock,
    metrics: createMetrics(),
    drainMs,
    port: undefined,
  }
  return Endpoint.child(site, { id: 'endpoint', name: 'http.endpoint', shutdown: drainMs + 5_000 })
}

/**
 * Takes no new connections and lets replies under way finish, for `drainMs`.
 * Node closes the connections that are idle now; those that fall idle later we
 * have to look for.
 */
async function drained(server: FastifyInstance, { clock, drainMs }: Site): Promise<void> {
  const deadlineMs = clock.monotonicMs() + drainMs
  const look = (): void => {
    if (clock.monotonicMs() < deadlineMs) server.server.closeIdleConnections()
    else server.server.closeAllConnections()
    timer = clock.after(IDLE_LOOK_MS, look)
  }
  let timer = clock.after(IDLE_LOOK_MS, look)
  await server.close()
  timer.cancel()
}

/** Death without a last word: frees the port and lets nobody wait. */
function cut(server: FastifyInstance, draining: AbortController): void {
  draining.abort()
  server.server.close()
  server.server.closeAllConnections()
}

async function listen(server: FastifyInstance, site: Site): Promise<Problem | undefined> {
  const { host, port } = site.options
  const retries = site.port === undefined ? 0 : PORT_RETRIES
  for (let attempt = 0; ; attempt += 1) {
    try {
      await server.listen({ host, port: site.port ?? port })
      site.port = (server.server.address() as AddressInfo).port
      return undefined
    } catch (error) {
      if (attempt >= retries) return listenProblem(error as NodeJS.ErrnoException, host, port)
      await new Promise<void>((resume) => site.clock.after(PORT_RETRY_MS, resume))
    }
  }
}

/** An address that listens on everything is reached by localhost. */
function urlOf(host: string, port: number): string {
  const anywhere = host === '0.0.0.0' || host === '::'
  const name = anywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
