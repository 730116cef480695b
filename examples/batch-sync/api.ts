/**
 * The other side: an HTTP API as they are. It has a quota for each property, fails
 * now and then, and sometimes takes longer than anybody should wait.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fullBucket, type RateLimit, type TokenBucket, take } from '../../src/schedule/index.ts'

/** Tighter than the client believes, so that it meets a 429 now and then. */
const QUOTA: RateLimit = { allowed: 12, intervalMs: 1_000, burst: 3 }
const SLOW_MS = 5_000

/** What the API saw. */
export interface ApiStats {
  /** Whole answers, by property and page. */
  readonly served: Map<string, number>
  tooMany: number
  failed: number
  slow: number
}

/** A running API. */
export interface Api {
  readonly url: string
  readonly stats: ApiStats
  stop(): void
}

/** What page `page` of a property holds: the same for everybody who asks. */
export function rowsOf(property: string, page: number): readonly string[] {
  return Array.from({ length: 5 }, (_, row) => `${property} page ${page} row ${row}`)
}

/** Starts the API on a free port of this machine. */
export async function startApi(): Promise<Api> {
  const stats: ApiStats = { served: new Map(), tooMany: 0, failed: 0, slow: 0 }
  const buckets = new Map<string, TokenBucket>()
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const [property = '', page = 0] = placeOf(request)
    const tries = (asked.get(`${property}/${page}`) ?? 0) + 1
    const waitMs = spend(buckets, property)
    if (waitMs > 0) return tooMany(response, stats, waitMs)
    asked.set(`${property}/${page}`, tries)
    if (tries === 1 && page % 7 === 3) return fail(response, stats)
    if (tries === 1 && page % 11 === 5) return dawdle(response, stats)
    stats.served.set(`${property}/${page}`, (stats.served.get(`${property}/${page}`) ?? 0) + 1)
    response.end(JSON.stringify({ rows: rowsOf(property, page) }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats,
    stop: () => stop(server),
  }
}

function placeOf({ url = '' }: IncomingMessage): [string, number] | [] {
  const [, property, page] = /^\/properties\/([^/]+)\/pages\/(\d+)$/.exec(url) ?? []
  return property === undefined ? [] : [decodeURIComponent(property), Number(page)]
}

function spend(buckets: Map<string, TokenBucket>, property: string): number {
  const nowMs = performance.now()
  const drawn = take(buckets.get(property) ?? fullBucket(QUOTA, nowMs), QUOTA, nowMs)
  buckets.set(property, drawn.bucket)
  return drawn.waitMs
}

function tooMany(response: ServerResponse, stats: ApiStats, waitMs: number): void {
  stats.tooMany++
  response.writeHead(429, { 'retry-after-ms': String(waitMs) }).end()
}

function fail(response: ServerResponse, stats: ApiStats): void {
  stats.failed++
  response.writeHead(500).end()
}

function dawdle(response: ServerResponse, stats: ApiStats): void {
  stats.slow++
  const timer = setTimeout(() => response.writeHead(504).end(), SLOW_MS)
  response.once('close', () => clearTimeout(timer))
}

function stop(server: Server): void {
  server.closeAllConnections()
  server.close()
}
