import { type FileHandle, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, emit, err, isId, newId, ok, Problem, type Result } from '../kernel/index.ts'
import { BlobBudget } from './blob-budget.ts'
import {
  codeOf,
  freeBytesOf,
  idsOlderThan,
  makeShard,
  shardOf,
  storedBytes,
  syncFolder,
} from './blob-folder.ts'
import type {
  Blob,
  BlobReading,
  BlobStore,
  BlobUsage,
  ByteRange,
  References,
  WriteFailure,
  WriteLimits,
} from './blob-store.ts'
import { type Admit, pour } from './blob-write.ts'
import { RUN_NAME, runFolder, sweepRunFolders } from './run-folder.ts'
import { LeftoversSwept } from './storage.events.ts'

/** Where blobs go and how much they may take. */
export interface BlobOptions {
  readonly folder: string
  readonly quotaBytes?: number | undefined
  /** Space left free on the disk. */
  readonly minFreeBytes: number
  readonly clock: Clock
}

/**
 * Blobs in `blobs/<first two characters>/<id>`, growing ones in
 * `tmp/<host>-<pid>-<start>/<id>`, which the next start on this host deletes.
 *
 * Sizes are counted at start and by each sweep and kept up in between; nodes
 * that share a folder see each other's at the next count.
 */
export class DiskBlobStore implements BlobStore {
  readonly #options: BlobOptions
  readonly #budget: BlobBudget
  #opened: Promise<void> | undefined

  constructor(options: BlobOptions) {
    const { folder, minFreeBytes, quotaBytes } = options
    this.#options = options
    this.#budget = new BlobBudget(quotaBytes, async () => (await freeBytesOf(folder)) < minFreeBytes)
  }

  /** Makes the folders, deletes what dead runs left, counts. Done by the first use if nobody did. */
  open(): Promise<void> {
    const opening = this.#prepare()
    this.#opened = opening
    opening.catch(() => (this.#opened = undefined))
    return opening
  }

  /** Leaves no empty folder behind; writes under way keep theirs. */
  async close(): Promise<void> {
    await rmdir(join(this.#temp, RUN_NAME)).catch(() => undefined)
  }

  get #temp(): string {
    return join(this.#options.folder, 'tmp')
  }

  async #prepare(): Promise<void> {
    const { folder, clock } = this.#options
    try {
      await mkdir(join(folder, 'blobs'), { recursive: true, mode: 0o700 })
      await runFolder(this.#temp)
      const removed = await sweepRunFolders(this.#temp, '', clock.nowMs())
      await syncFolder(folder)
      if (removed > 0) emit(LeftoversSwept, { folder: this.#temp, removed })
    } catch (error) {
      throw unwritable(error, folder)
    }
    this.#budget.recount(await storedBytes(folder))
  }

  async write(source: AsyncIterable<Uint8Array>, limits: WriteLimits): Promise<Result<Blob, WriteFailure>> {
    await (this.#opened ?? this.open())
    const id = newId()
    const growth = this.#budget.grow(limits.bytesMax)
    let kept = false
    try {
      const temp = join(await runFolder(this.#temp), id)
      const poured = await pourInto(temp, source, growth.admit, limits.signal)
      if (!poured.ok) return poured
      await this.#keep(temp, id)
      kept = true
      return ok({ id, ...poured.value })
    } catch (error) {
      if (['ENOSPC', 'EDQUOT'].includes(codeOf(error))) return err('disk_full')
      throw error
    } finally {
      growth.end(kept)
    }
  }

  async #keep(temp: string, id: string): Promise<void> {
    try {
      const shard = await makeShard(this.#options.folder, id)
      await rename(temp, join(shard, id))
      await syncFolder(shard)
    } catch (error) {
      for (const path of [temp, this.#pathOf(id)]) await rm(path, { force: true })
      throw error
    }
  }

  #pathOf(id: string): string {
    return join(shardOf(this.#options.folder, id), id)
  }

  async read(id: string, range?: ByteRange): Promise<Result<BlobReading, 'not_found' | 'range_invalid'>> {
    const file = isId(id) ? await openIfThere(this.#pathOf(id)) : undefined
    if (file === undefined) return err('not_found')
    const { size } = await file.stat()
    const { start, end } = range ?? { start: 0, end: size - 1 }
    if (range !== undefined && !(start >= 0 && start < size && start <= end)) {
      await file.close()
      return err('range_invalid')
    }
    const last = Math.min(end, size - 1)
    const stream = file.createReadStream(size === 0 ? {} : { start, end: last })
    return ok({ stream, bytes: size === 0 ? 0 : last - start + 1, bytesTotal: size })
  }

  async remove(id: string): Promise<boolean> {
    const found = isId(id) ? await stat(this.#pathOf(id)).catch(() => undefined) : undefined
    if (found === undefined) return false
    await rm(this.#pathOf(id), { force: true })
    this.#budget.forget(found.size)
    return true
  }

  async usage(): Promise<BlobUsage> {
    await (this.#opened ?? this.open())
    const { bytes, quotaBytes } = this.#budget
    return { bytes, quotaBytes, freeBytes: await freeBytesOf(this.#options.folder) }
  }

  async sweep(isReferenced: References, graceMs: number): Promise<{ removed: number }> {
    const { folder, clock } = this.#options
    let removed = 0
    for await (const ids of idsOlderThan(folder, clock.nowMs() - graceMs)) {
      const known = await isReferenced(ids)
      for (const id of ids) if (!known.has(id) && (await this.remove(id))) removed += 1
    }
    this.#budget.recount(await storedBytes(folder))
    return { removed }
  }
}

/** Leaves nothing behind unless all of it was written. */
async function pourInto(
  temp: string,
  source: AsyncIterable<Uint8Array>,
  admit: Admit,
  signal: AbortSignal | undefined,
): ReturnType<typeof pour> {
  const file = await open(temp, 'wx', 0o600)
  let whole = false
  try {
    const poured = await pour(source, file, admit, signal)
    whole = poured.ok
    return poured
  } finally {
    await file.close()
    if (!whole) await rm(temp, { force: true })
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return await open(path, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}

function unwritable(error: unknown, folder: string): unknown {
  const code = codeOf(error)
  if (!['EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'EPERM', 'ENOSPC'].includes(code)) return error
  return new Problem('blob_dir_unwritable', `cannot write to the folder for files ${folder} (${code})`, {
    field: 'blobDir',
    wayOut: 'Choose another, or give this user the right to write there.',
    cause: error,
  })
}
