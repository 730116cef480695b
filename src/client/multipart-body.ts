import { ClientError } from './client-error.ts'

/** A file to send, read once from start to end. */
export interface FileUpload {
  /** What it is called, for people. */
  readonly name: string
  /** Exactly as many as `content` yields. */
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
}

/** Told after every chunk that was taken; both in bytes of file content. */
export type Progress = (sent: number, total: number) => void

/** A form on its way: no part of it is held in memory longer than it takes to send. */
export interface FormBody {
  readonly headers: Readonly<Record<string, string>>
  readonly stream: ReadableStream<Uint8Array>
}

/**
 * Writes multipart/form-data with a known length, fields first, undefined ones
 * left out. The boundary is random, so content cannot forge it.
 */
export function formBody(
  fields: Readonly<Record<string, string | number | undefined>>,
  files: Readonly<Record<string, FileUpload | undefined>>,
  onProgress: Progress = () => undefined,
): FormBody {
  const boundary = `quorate-${crypto.randomUUID()}`
  const head = (name: string, more = ''): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${more}\r\n`
  const pieces = [
    ...given(fields).map(([name, value]) => encoded(`${head(name)}\r\n${value}\r\n`)),
    ...given(files).flatMap(([name, file]) => [
      encoded(
        `${head(name, `; filename="${quoted(file.name)}"`)}content-type: application/octet-stream\r\n\r\n`,
      ),
      file,
      encoded('\r\n'),
    ]),
    encoded(`--${boundary}--\r\n`),
  ]
  const size = pieces.reduce(
    (sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.bytes),
    0,
  )
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': `${size}` },
    stream: streamOf(written(pieces, onProgress)),
  }
}

type Piece = Uint8Array | FileUpload

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As browsers escape names: quotes and line breaks cannot end the header early. */
const quoted = (name: string): string => name.replace(/["\r\n]/g, encodeURIComponent)

const given = <T>(values: Readonly<Record<string, T | undefined>>): readonly [string, T][] =>
  Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined)

async function* written(
  pieces: readonly Piece[],
  onProgress: Progress,
): AsyncGenerator<Uint8Array, undefined> {
  const files = pieces.filter((piece): piece is FileUpload => !(piece instanceof Uint8Array))
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let sent = 0
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      yield piece
      continue
    }
    for await (const chunk of exactly(piece)) {
      yield chunk
      sent += chunk.length
      onProgress(sent, total)
    }
  }
}

/** The file's content; a file that cannot be read or is not as long as announced is refused. */
async function* exactly({ name, bytes, content }: FileUpload): AsyncGenerator<Uint8Array, undefined> {
  let left = bytes
  try {
    for await (const chunk of content) {
      left -= chunk.length
      if (left < 0) break
      yield chunk
    }
  } catch (error) {
    throw unreadable(`The file ${name} cannot be read`, error)
  }
  if (left !== 0) throw unreadable(`The file ${name} changed while it was sent`)
}

const unreadable = (message: string, cause?: unknown): ClientError =>
  new ClientError(message, { status: 0, code: 'file_unreadable', wayOut: 'Try again.', cause })

/** Pulls a chunk when one is wanted, never ahead. */
function streamOf(chunks: AsyncGenerator<Uint8Array, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
