import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { headerOf } from './guard.ts'

/** Server-sent events to one reader. */
export interface EventStream {
  /** Where the reader stopped last time (`Last-Event-ID`). */
  readonly lastEventId: string | undefined
  /** Aborted when the stream is over, whoever ended it. */
  readonly signal: AbortSignal
  /** Sends one event; `data` goes as JSON. A reader more than 1 MB behind is cut off; it may resume. */
  send(type: string, data: unknown, id?: string | number): void
  /** Resolves when the reader has taken what was sent, or is gone. Await it between pages of a long history. */
  drained(): Promise<void>
  /** Ends the stream in order. */
  close(): void
}

const PING_MS = 15_000
const BEHIND_MAX_BYTES = 1024 * 1024

/**
 * Takes over the reply and streams events until the reader leaves, the route
 * closes it, or the server drains: then the reader is told `bye`, comes back
 * and resumes elsewhere.
 */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): EventStream {
  const { clock, draining } = request.server.quorate
  const over = new AbortController()
  const out = begin(reply)
  const close = (): void => void out.end()
  const bye = (): void => {
    out.write(eventText('bye', {}))
    close()
  }
  const ping = (): void => {
    write(out, ': ping\n\n')
    timer = clock.after(PING_MS, ping, { background: true })
  }
  let timer = clock.after(PING_MS, ping, { background: true })
  out.once('close', () => {
    timer.cancel()
    draining.removeEventListener('abort', bye)
    over.abort()
  })
  draining.addEventListener('abort', bye)
  if (draining.aborted) bye()
  // Asked for the headers only; Fastify answers HEAD by the route of GET.
  if (request.method === 'HEAD') close()
  return {
    lastEventId: headerOf(request, 'last-event-id'),
    signal: over.signal,
    send: (type, data, id) => write(out, eventText(type, data, id)),
    drained: () => drained(out, over.signal),
    close,
  }
}

function begin(reply: FastifyReply): ServerResponse {
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  // Sends the headers now, and tells EventSource how soon to come back.
  reply.raw.write('retry: 1000\n\n')
  return reply.raw
}

function eventText(type: string, data: unknown, id?: string | number): string {
  const name = id === undefined ? '' : `id: ${id}\n`
  return `${name}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

function write(out: ServerResponse, text: string): void {
  if (out.writableEnded || out.destroyed) return
  out.write(text)
  if (out.writableLength > BEHIND_MAX_BYTES) out.destroy()
}

async function drained(out: ServerResponse, over: AbortSignal): Promise<void> {
  if (!out.writableNeedDrain || over.aborted) return
  await once(out, 'drain', { signal: over }).catch(() => undefined)
}
