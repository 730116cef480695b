import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { formatSize, Problem } from '../kernel/index.ts'
import type { Blob, BlobStore, WriteFailure } from '../storage/index.ts'
import { type FilePart, readMultipart } from './multipart.ts'

const NAME_MAX_CHARS = 200

/** What may be in a file part. */
export interface FileRule {
  readonly bytesMax: number
  /** Refuses, by throwing, a file that begins with these bytes (at least 4, unless it is shorter). */
  readonly check?: ((head: Uint8Array) => void) | undefined
}

/** A file part that was stored. */
export interface StoredFile extends Blob {
  /** What the client calls it; for people, never a path. */
  readonly name: string
}

/** A form whose files are stored; both maps are by field name. */
export interface Upload {
  readonly fields: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, StoredFile>
}

/**
 * Streams the files named in `rules` into the blob store while they arrive and
 * drains all others. `accept` judges the whole form; what it returns is the
 * outcome. Nothing stays behind when anything fails or the client vanishes;
 * once `accept` has agreed, the files are the caller's.
 */
export async function receiveUpload<T>(
  request: FastifyRequest,
  blobs: BlobStore,
  rules: ReadonlyMap<string, FileRule>,
  accept: (upload: Upload) => T | Promise<T>,
): Promise<T> {
  const files = new Map<string, StoredFile>()
  const takeFile = async (part: FilePart): Promise<void> => {
    const rule = files.has(part.field) ? undefined : rules.get(part.field)
    if (rule) files.set(part.field, await store(blobs, part, rule))
    else await drain(part.content)
  }
  try {
    const fields = await readMultipart(request.raw, takeFile)
    return await accept({ fields, files })
  } catch (error) {
    await Promise.all([...files.values()].map(({ id }) => blobs.remove(id)))
    throw error
  }
}

async function drain(content: Readable): Promise<void> {
  for await (const _chunk of content);
}

async function store(
  blobs: BlobStore,
  { field, name, content }: FilePart,
  rule: FileRule,
): Promise<StoredFile> {
  const written = await blobs.write(checked(content, rule), { bytesMax: rule.bytesMax })
  if (!written.ok) throw refusal(written.reason, field, rule.bytesMax)
  return { ...written.value, name: printable(name) }
}

/** Keeps a name that is fit for a header and a terminal. */
const printable = (name: string): string =>
  name
    .replace(/[\p{Cc}\p{Cf}/\\]/gu, '')
    .slice(0, NAME_MAX_CHARS)
    .trim()

async function* checked(content: Readable, { check }: FileRule): AsyncIterable<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of content as AsyncIterable<Buffer>) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 4) continue
    check?.(head)
    yield head
    head = undefined
  }
  if (head === undefined) return
  check?.(head)
  yield head
}

function refusal(reason: WriteFailure, field: string, bytesMax: number): Problem {
  switch (reason) {
    case 'too_large':
      return new Problem(reason, `The file ${field} is larger than ${formatSize(bytesMax)}`, {
        field,
        wayOut: 'Leave out what the build does not need, or let the operator raise the limit.',
      })
    case 'disk_full':
      return new Problem(reason, 'The disk of the server is full', {
        wayOut: 'Tell the operator to free some space.',
      })
    case 'quota_exceeded':
      return new Problem(reason, 'The storage quota of the server is used up', {
        wayOut: 'Wait until old builds are deleted, or let the operator raise blobs.quota.',
      })
    case 'aborted':
      return new Problem('bad_request', 'The upload was cut off')
  }
}
