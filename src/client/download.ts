import { unexpected } from './client-error.ts'
import type { Transport } from './transport.ts'

/** Where a download begins and when to give it up. */
export interface DownloadOptions {
  /** Bytes that are there already; with `sha256`, only of that very content. */
  readonly from?: number | undefined
  readonly sha256?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A file on its way. */
export interface Download {
  readonly content: ReadableStream<Uint8Array>
  /** First byte of `content` in the file: 0 when the server sends it from the start after all. */
  readonly from: number
  /** Of the whole file. */
  readonly bytesTotal: number
  /** Of the whole file, 64 hex digits: compare it at the end. */
  readonly sha256: string
  /** The server's name for it; a name, never a path. */
  readonly name: string
}

/** Starts a download, or takes a broken one up again. */
export async function download(
  transport: Transport,
  path: string,
  { from = 0, sha256, signal }: DownloadOptions = {},
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Download> {
  const range = from > 0 ? { range: `bytes=${from}-`, 'if-range': sha256 && `"${sha256}"` } : {}
  const response = await transport.send(path, { headers: { ...headers, ...range }, signal })
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  const hash = response.headers.get('x-checksum-sha256')
  if (!response.body || !hash || !Number.isSafeInteger(length))
    throw unexpected(transport.url + path, undefined)
  const start = response.status === 206 ? from : 0
  return {
    content: response.body,
    from: start,
    bytesTotal: start + length,
    sha256: hash,
    name: nameIn(response.headers.get('content-disposition') ?? '') ?? 'download',
  }
}

/** Without folders, whatever the server says. */
function nameIn(disposition: string): string | undefined {
  const [, exact] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? []
  const [, plain] = /filename="([^"]+)"/i.exec(disposition) ?? []
  const name = exact === undefined ? plain : decoded(exact)
  return name?.replace(/[/\\\0]/g, '_').replace(/^\.+/, '_')
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
