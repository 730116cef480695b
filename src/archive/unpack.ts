import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl'
import { err, ok, type Result } from '../kernel/index.ts'
import { entryNameFault } from './entry-name.ts'
import { Refusal, refuse, type UnpackFault } from './refusal.ts'

/** What an archive may grow to. */
export interface UnpackLimits {
  /** Files and folders together. */
  readonly entriesMax: number
  /** All contents together, counted while they inflate: sizes in headers lie. */
  readonly bytesMax: number
  /** Contents per byte of archive, watched once more than 16 MB came out. */
  readonly ratioMax: number
}

const RATIO_FROM_BYTES = 16 * 1024 ** 2
const FILE_TYPE = 0o170000
const PLAIN_TYPES: ReadonlySet<number> = new Set([0, 0o100000, 0o040000])

/** One unpacking under way. */
interface Unpacking {
  readonly zip: ZipFile
  readonly directory: string
  readonly limits: UnpackLimits
  readonly archiveBytes: number
  readonly signal: AbortSignal | undefined
  readonly seen: Set<string>
  bytes: number
}

/**
 * Unpacks a zip archive of unknown origin into `directory`, which must not exist.
 *
 * Creates plain files and folders below it and nothing else: no links, no
 * devices, no set-user-id; of the mode only the execute bit is kept. An archive
 * that is refused, a full disk or an abort leaves nothing behind. Memory stays
 * constant. Rejects on I/O errors and aborts; refusals are values.
 */
export async function unpackZip(
  archive: string,
  directory: string,
  limits: UnpackLimits,
  signal?: AbortSignal,
): Promise<Result<{ readonly entries: number; readonly bytes: number }, UnpackFault>> {
  await mkdir(directory, { mode: 0o700 })
  try {
    return ok(await unpackInto(archive, directory, limits, signal))
  } catch (cause) {
    await rm(directory, { recursive: true, force: true })
    if (cause instanceof Refusal) return err(cause.fault, cause.message)
    throw cause
  }
}

async function unpackInto(
  archive: string,
  directory: string,
  limits: UnpackLimits,
  signal: AbortSignal | undefined,
): Promise<{ readonly entries: number; readonly bytes: number }> {
  const archiveBytes = (await stat(archive)).size
  const options = { decodeStrings: false, autoClose: false }
  const zip = await openPromise(archive, options).catch(refuse('not_a_zip'))
  try {
    if (zip.entryCount > limits.entriesMax)
      throw new Refusal(
        'too_many_entries',
        `The archive has ${zip.entryCount} entries; ${limits.entriesMax} are allowed`,
      )
    const unpacking = { zip, directory, limits, archiveBytes, signal, seen: new Set<string>(), bytes: 0 }
    await unpackEntries(unpacking)
    return { entries: unpacking.seen.size, bytes: unpacking.bytes }
  } finally {
    zip.close()
  }
}

async function unpackEntries(unpacking: Unpacking): Promise<void> {
  const entries = unpacking.zip.eachEntry()
  while (true) {
    unpacking.signal?.throwIfAborted()
    const next = await entries.next().catch(refuse('corrupt'))
    if (next.done) return
    const name = safeName(next.value, unpacking.seen)
    if (name.endsWith('/')) await makeFolder(unpacking, name)
    else await unpackFile(unpacking, next.value, name)
  }
}

/** The entry's name once it is known to be harmless and new. */
function safeName(entry: Entry, seen: Set<string>): string {
  const raw = entry.fileNameRaw
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true)
  const fault = entryNameFault(name)
  if (fault !== undefined) throw new Refusal('unsafe_name', `The entry ${JSON.stringify(name)} ${fault}`)
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE
  if (!PLAIN_TYPES.has(type)) throw new Refusal('special_file', `The entry "${name}" is a link or a device`)
  if (entry.isEncrypted()) throw new Refusal('encrypted', `The entry "${name}" is encrypted`)
  if (seen.has(name)) throw new Refusal('duplicate_name', `The name "${name}" occurs twice`)
  seen.add(name)
  return name
}

async function makeFolder({ directory }: Unpacking, name: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true, mode: 0o755 }).catch(refuse('corrupt', name))
}

async function unpackFile(unpacking: Unpacking, entry: Entry, name: string): Promise<void> {
  const path = join(unpacking.directory, name)
  await makeFolder(unpacking, dirname(name))
  const contents = await unpacking.zip.openReadStreamPromise(entry).catch(refuse('corrupt'))
  const executable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0
  const file = createWriteStream(path, { flags: 'wx', mode: executable ? 0o755 : 0o644 })
  const { signal } = unpacking
  await pipeline(contents, checked(unpacking, entry, name), file, { signal }).catch(refuse('corrupt', name))
}

/** Counts and checks what comes out, before it is written. */
function checked(unpacking: Unpacking, entry: Entry, name: string) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let crc = 0
    for await (const chunk of chunks) {
      unpacking.bytes += chunk.length
      refuseGrowth(unpacking)
      crc = crc32(chunk, crc)
      yield chunk
    }
    if (crc !== entry.crc32) throw new Refusal('corrupt', `The entry "${name}" does not match its checksum`)
  }
}

function refuseGrowth({ bytes, limits, archiveBytes }: Unpacking): void {
  if (bytes > limits.bytesMax)
    throw new Refusal('too_large', `The archive holds more than the allowed ${limits.bytesMax} bytes`)
  if (bytes > RATIO_FROM_BYTES && bytes > archiveBytes * limits.ratioMax) {
    throw new Refusal('ratio_too_high', `The archive inflates to more than ${limits.ratioMax} times its size`)
  }
}
