import { type FileHandle, open, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw } from 'node:zlib'
import { Problem } from '../kernel/index.ts'
import {
  centralHeader,
  endRecord,
  localHeader,
  localHeaderBytes,
  ZIP_BYTES_MAX,
  ZIP_ENTRIES_MAX,
  type ZipRecord,
} from './zip-format.ts'

/** A file to be written into an archive. */
export interface ZipSource {
  /** Relative, `/` between its parts. */
  readonly name: string
  readonly executable: boolean
  /** Opened when its turn comes; one source is open at a time. */
  open(): AsyncIterable<Uint8Array>
}

/** How an archive is written. */
export interface ZipOptions {
  /** Deflate the contents; without it they are stored as they are. */
  readonly compress: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes a zip archive to `path`, which must not exist yet.
 *
 * The same names, contents and execute bits always give the same bytes:
 * entries are sorted, dates are fixed, owners are left out. (Deflated contents
 * also depend on the zlib that Node was built with.) Memory stays constant.
 * Rejects with `archive_too_large` beyond 65,534 entries or 4 GB; whatever it
 * rejects with, the half-written file is removed.
 */
export async function writeZip(
  path: string,
  sources: readonly ZipSource[],
  options: ZipOptions,
): Promise<{ readonly bytes: number }> {
  const file = await open(path, 'wx', 0o600)
  try {
    return { bytes: await writeAll(file, sources, options) }
  } catch (cause) {
    await rm(path, { force: true })
    throw cause
  } finally {
    await file.close()
  }
}

async function writeAll(
  file: FileHandle,
  sources: readonly ZipSource[],
  options: ZipOptions,
): Promise<number> {
  if (sources.length > ZIP_ENTRIES_MAX) throw tooLarge(`${sources.length} files`)
  const records: ZipRecord[] = []
  let offset = 0
  for (const source of sources.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const record = await writeEntry(file, source, offset, options)
    records.push(record)
    offset += localHeaderBytes(record.name.length) + record.packedBytes
    if (offset > ZIP_BYTES_MAX) throw tooLarge('more than 4 GB')
  }
  const table = Buffer.concat(records.map(centralHeader))
  const end = Buffer.concat([table, endRecord(records.length, table.length, offset)])
  await writeFully(file, end, offset)
  return offset + end.length
}

/** The header is written last, when sizes and checksum are known. */
async function writeEntry(
  file: FileHandle,
  source: ZipSource,
  offset: number,
  { compress, signal }: ZipOptions,
): Promise<ZipRecord> {
  const name = Buffer.from(source.name)
  const start = offset + localHeaderBytes(name.length)
  let bytes = 0
  let crc = 0
  let end = start
  const measured = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      crc = crc32(chunk, crc)
      yield chunk
    }
  }
  const store = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      await writeFully(file, chunk, end)
      end += chunk.length
      if (end > ZIP_BYTES_MAX) throw tooLarge('more than 4 GB')
    }
  }
  if (compress) await pipeline(measured(source.open()), createDeflateRaw(), store, { signal })
  else await pipeline(measured(source.open()), store, { signal })
  const packedBytes = end - start
  const record = {
    name,
    compressed: compress,
    executable: source.executable,
    crc,
    packedBytes,
    bytes,
    offset,
  }
  await writeFully(file, localHeader(record), offset)
  return record
}

async function writeFully(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten
  }
}

const tooLarge = (what: string): Problem =>
  new Problem('archive_too_large', `${what} do not fit into one zip archive`, {
    wayOut: 'leave out what the build does not need, for example with .gitignore',
  })
