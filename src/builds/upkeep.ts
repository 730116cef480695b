import { emit } from '../kernel/index.ts'
import { FilesDropped } from './builds.events.ts'
import { dropUnreferenced, type Parts } from './parts.ts'

/** What one round of upkeep did. */
export interface Kept {
  /** Inputs that finished builds let go. */
  readonly released: number
  /** Files deleted. */
  readonly removed: number
}

/**
 * Lets go of inputs that finished builds no longer need, and deletes files no
 * build names: what a crash left between writing a file and naming it.
 */
export async function keepFiles(parts: Parts): Promise<Kept> {
  const { files, blobs, limits } = parts
  const released = await files.release(limits.inputKeepMs, limits.releaseMax)
  const dropped = await dropUnreferenced(parts, released)
  const swept = await blobs.sweep((ids) => files.referenced(ids), limits.blobGraceMs)
  const kept = { released: released.length, removed: dropped + swept.removed }
  if (kept.released + kept.removed > 0) emit(FilesDropped, kept)
  return kept
}
