import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../kernel/index.ts'
import type { ByteRange } from '../storage/index.ts'
import { parseRange } from './byte-range.ts'
import { headerOf } from './guard.ts'

/** A stored file about to be sent. */
export interface Download {
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
  readonly contentType: string
  /** What the file is called on the other side; any text. */
  readonly name: string
  /** Opens the file; not called when only headers are asked for. */
  open(range: ByteRange | undefined): Promise<Readable>
}

/**
 * Sends a file: whole (200), a range of it (206), nothing new (304) or headers
 * only (HEAD). The content never changes, so its hash is its `ETag` and a
 * broken download resumes safely with `Range` and `If-Range`.
 */
export async function sendDownload(
  request: FastifyRequest,
  reply: FastifyReply,
  download: Download,
): Promise<FastifyReply> {
  const { bytes: total, sha256 } = download
  const etag = `"${sha256}"`
  if (headerOf(request, 'if-none-match') === etag) return reply.code(304).header('etag', etag).send()
  const range = wantedRange(request, reply, download, etag)
  const content = request.method === 'HEAD' ? undefined : await download.open(range)
  reply.code(range ? 206 : 200).type(download.contentType)
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'x-checksum-sha256': sha256,
    'content-disposition': attachment(download.name),
    'content-length': range ? range.end - range.start + 1 : total,
  })
  if (range) reply.header('content-range', `bytes ${range.start}-${range.end}/${total}`)
  return content ? reply.send(content) : headersOnly(reply)
}

function wantedRange(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes }: Download,
  etag: string,
): ByteRange | undefined {
  const condition = headerOf(request, 'if-range')
  if (condition !== undefined && condition !== etag) return undefined
  const range = parseRange(headerOf(request, 'range'), bytes)
  if (range.ok) return range.value
  reply.header('content-range', `bytes */${bytes}`)
  throw new Problem('range_not_satisfiable', `The file has only ${bytes} bytes`, { field: 'Range' })
}

/** Fastify would compute `content-length: 0` for an empty body. */
function headersOnly(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>).end()
  return reply
}

/** RFC 6266: a plain name for old readers, the exact one for the rest. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\/%]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
  return plain === name
    ? `attachment; filename="${plain}"`
    : `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}
