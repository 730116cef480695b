import type { z } from 'zod'
import type { Clock } from '../kernel/index.ts'
import { ClientError, refused, unexpected, unreachable } from './client-error.ts'

/** How to reach a server. */
export interface ClientOptions {
  /** Such as `http://localhost:4000`. */
  readonly url: string
  /** API key; without one a browser's session cookie speaks. */
  readonly key?: string | undefined
  readonly fetch?: typeof fetch | undefined
  readonly userAgent?: string | undefined
  /**
   * Lets broken streams resume after a pause. Without a clock they end with
   * `server_unreachable`.
   */
  readonly clock?: Clock | undefined
}

/** One call. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD' | undefined
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it comes; `json` is ignored then. */
  readonly stream?: ReadableStream<Uint8Array> | undefined
  readonly signal?: AbortSignal | undefined
  /** Longest the call may take, its answer's body included; no limit unless given. */
  readonly timeoutMs?: number | undefined
  /** Statuses beside 2xx that are answers and not refusals. */
  readonly also?: readonly number[] | undefined
}

/** Sends calls; failures are `ClientError`, a caller's own abort keeps its reason. */
export interface Transport {
  readonly url: string
  readonly clock: Clock | undefined
  send(path: string, call?: Call): Promise<Response>
  /** Sends, and reads the answer by its schema. Waits 30 s unless told otherwise. */
  ask<S extends z.ZodType>(schema: S, path: string, call?: Call): Promise<z.output<S>>
}

const ANSWER_MS = 30_000

/** A transport over `fetch`. */
export function createTransport(options: ClientOptions): Transport {
  const url = options.url.replace(/\/+$/, '')
  const send = async (path: string, call: Call = {}): Promise<Response> => {
    const target = url + path + queryText(call.query)
    const response = await attempt(options, target, call)
    if (response.ok || call.also?.includes(response.status)) return response
    throw await refused(response)
  }
  return {
    url,
    clock: options.clock,
    send,
    async ask(schema, path, call = {}) {
      const response = await send(path, { timeoutMs: ANSWER_MS, ...call })
      const body = await readJson(response, call.signal)
      const parsed = schema.safeParse(body)
      if (parsed.success) return parsed.data
      throw unexpected(url + path, parsed.error)
    },
  }
}

async function readJson(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof SyntaxError ? unexpected(response.url, error) : unreachable(response.url, error)
  }
}

async function attempt(options: ClientOptions, target: string, call: Call): Promise<Response> {
  const late = call.timeoutMs === undefined ? undefined : AbortSignal.timeout(call.timeoutMs)
  const signals = [call.signal, late].filter((signal) => signal !== undefined)
  const request: RequestInit & { duplex?: 'half' } = {
    method: call.method ?? 'GET',
    headers: headersOf(options, call),
    body: call.stream ?? (call.json === undefined ? null : JSON.stringify(call.json)),
    ...(call.stream && { duplex: 'half' }),
    ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
  }
  try {
    return await (options.fetch ?? fetch)(target, request)
  } catch (error) {
    call.signal?.throwIfAborted()
    const own = [error, (error as Error).cause].find((found) => found instanceof ClientError)
    if (own) throw own
    throw late?.aborted ? timedOut(target, call.timeoutMs) : unreachable(options.url, error)
  }
}

const timedOut = (target: string, ms: number | undefined): ClientError =>
  new ClientError(`No answer from ${target} within ${ms} ms`, { status: 0, code: 'timeout' })

function headersOf(
  { key, userAgent }: ClientOptions,
  { headers, json, stream }: Call,
): Record<string, string> {
  const all = {
    // Tells the server that a request with a cookie is made by our own page.
    'x-quorate': '1',
    'x-api-key': key,
    'user-agent': userAgent,
    'content-type': json === undefined || stream ? undefined : 'application/json',
    ...headers,
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function queryText(query: Call['query'] = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, `${value}`)
  return given.size === 0 ? '' : `?${given.toString()}`
}
