import type { FastifyReply, FastifyRequest } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { attachPrefix, detach, newId } from '../kernel/index.ts'

/** What `/metrics` shows. One per node; it outlives restarts of the server process. */
export interface Metrics {
  /** Counts an answered request by its route pattern, never by its raw path. */
  observe(request: FastifyRequest, reply: FastifyReply): void
  /** Shows numbers that are asked for at each scrape; a name registered again replaces the old one. */
  gauge(
    name: string,
    help: string,
    label: string,
    read: () => Promise<Readonly<Record<string, number>>>,
  ): void
  /** Begins to count the telemetry events of all rooms by name; returns stop. */
  listen(): () => void
  /** The page in Prometheus' text format. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** From a cached lookup to a large download. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/** Includes process and event-loop figures. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'quorate_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its reply',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'quorate_events_total',
    help: 'Telemetry events by name',
    labelNames: ['event'],
    registers,
  })
  return {
    observe({ method, routeOptions }, { statusCode, elapsedTime }) {
      requests.observe({ method, route: routeOptions.url ?? 'none', status: statusCode }, elapsedTime / 1_000)
    },
    gauge: (name, help, label, read) => addGauge(registry, name, help, label, read),
    listen() {
      const id = `http.metrics.${newId()}`
      attachPrefix(id, '', (event) => events.inc({ event }))
      return () => detach(id)
    },
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function addGauge(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Promise<object>,
): void {
  registry.removeSingleMetric(name)
  const gauge = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      gauge.reset()
      // A store that is down leaves a gap in the curve, not an unreadable page.
      const values = await read().catch(() => ({}))
      for (const [key, value] of Object.entries(values)) gauge.set({ [label]: key }, value)
    },
  })
}
