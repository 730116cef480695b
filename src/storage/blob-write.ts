import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { err, ok, type Result } from '../kernel/index.ts'
import type { WriteFailure } from './blob-store.ts'

/** Decides before each chunk whether it may be written. */
export type Admit = (chunkBytes: number) => Promise<WriteFailure | undefined>

/**
 * Writes what `source` yields and syncs it to disk, hashing on the way. The
 * next chunk is asked for when the one before is written, so memory holds one.
 */
export async function pour(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  admit: Admit,
  signal: AbortSignal | undefined,
): Promise<Result<{ sha256: string; bytes: number }, WriteFailure>> {
  const chunks = source[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for (;;) {
      const next = await unlessAborted(chunks.next(), signal)
      if (next === undefined) return err('aborted')
      if (next.done) break
      const refused = await admit(next.value.byteLength)
      if (refused !== undefined) return err(refused)
      hash.update(next.value)
      await writeAll(file, next.value)
      bytes += next.value.byteLength
    }
    await file.datasync()
    return ok({ sha256: hash.digest('hex'), bytes })
  } finally {
    // A source may hang in the very read that was given up, so nobody waits for its end.
    chunks.return?.().catch(() => undefined)
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) {
    offset += (await file.write(chunk, offset)).bytesWritten
  }
}

/** The promise's value; `undefined` as soon as the signal is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
