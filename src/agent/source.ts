import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { unpackZip } from '../archive/index.ts'
import { ClientError, type Lease, type WorkersClient } from '../client/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'
import { SOURCE_LIMITS } from './agent-options.ts'
import { type RetryContext, retrying } from './retry.ts'
import type { RunFolder } from './workspace.ts'

/** What a build's source is and where it comes from. */
export interface SourceOrder {
  readonly workers: Pick<WorkersClient, 'openSource'>
  readonly lease: Lease
  /** What the farm says it handed out, 64 hex digits. */
  readonly sha256: string
  readonly folder: Pick<RunFolder, 'source' | 'tree'>
  readonly retry: RetryContext
}

/**
 * Fetches a build's source and unpacks it into a fresh folder. A broken transfer is taken up again
 * from its start. Refusals of the source are values; refusals by the server and aborts reject.
 */
export async function fetchSource(
  order: SourceOrder,
): Promise<Result<{ readonly entries: number; readonly bytes: number }, 'source_refused'>> {
  const { folder, sha256, retry } = order
  const digest = await retrying(retry, () => download(order))
  if (digest !== sha256) {
    return err('source_refused', `The source arrived with SHA-256 ${digest} instead of ${sha256}`)
  }
  const unpacked = await unpackZip(folder.source, folder.tree, SOURCE_LIMITS, retry.signal)
  if (unpacked.ok) return ok(unpacked.value)
  return err('source_refused', await whyRefused(folder.source, unpacked.message ?? unpacked.reason))
}

async function download({ workers, lease, folder, retry }: SourceOrder): Promise<string> {
  const { content } = await workers.openSource(lease, { signal: retry.signal })
  const hash = createHash('sha256')
  const hashed = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of unbroken(chunks)) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(content, hashed, createWriteStream(folder.source, { mode: 0o600 }), { signal: retry.signal })
  return hash.digest('hex')
}

/** A transfer that breaks off is told like a server that cannot be reached. */
async function* unbroken(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (cause) {
    throw new ClientError('The transfer of the source broke off', {
      status: 0,
      code: 'server_unreachable',
      cause,
    })
  }
}

async function whyRefused(path: string, message: string): Promise<string> {
  for await (const chunk of createReadStream(path, { start: 0, end: 1 })) {
    const isGzip = (chunk as Buffer).equals(Buffer.from([0x1f, 0x8b]))
    if (isGzip) return 'The source is a gzip archive; this worker unpacks zip archives only'
  }
  return `The source was refused: ${message}`
}
