import { mkdir, open, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a blob lies: by its first two characters, so that no folder grows huge. */
export function shardOf(base: string, id: string): string {
  return join(base, 'blobs', id.slice(0, 2))
}

/** The sum of the sizes of whole blobs. */
export async function storedBytes(base: string): Promise<number> {
  let bytes = 0
  for await (const { size } of storedFiles(base)) bytes += size
  return bytes
}

/** Ids asked about in one go by a sweep. */
const BATCH = 500

/** Ids of whole blobs last written before that time, in batches. */
export async function* idsOlderThan(base: string, timeMs: number): AsyncGenerator<string[]> {
  let batch: string[] = []
  for await (const { id, mtimeMs } of storedFiles(base)) {
    if (mtimeMs < timeMs) batch.push(id)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Every whole blob, one shard after another. */
async function* storedFiles(base: string): AsyncGenerator<{ id: string; size: number; mtimeMs: number }> {
  for (const shard of await namesIn(join(base, 'blobs'))) {
    for (const id of await namesIn(join(base, 'blobs', shard))) {
      const found = await stat(join(base, 'blobs', shard, id)).catch(() => undefined)
      if (found !== undefined) yield { id, size: found.size, mtimeMs: found.mtimeMs }
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}

/** Makes a shard that outlives a power cut. */
export async function makeShard(base: string, id: string): Promise<string> {
  const shard = shardOf(base, id)
  if (await mkdir(shard, { recursive: true, mode: 0o700 })) await syncFolder(join(base, 'blobs'))
  return shard
}

/** Makes renames and deletions in a folder durable; systems that cannot (Windows) do without. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  try {
    await handle?.sync()
  } catch (error) {
    if (!['EPERM', 'EINVAL', 'EISDIR'].includes(codeOf(error))) throw error
  } finally {
    await handle?.close()
  }
}

/** Bytes that this user may still write on the disk of `folder`. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** The code of a system error, or nothing. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
