import type { Readable } from 'node:stream'
import type { Result } from '../kernel/index.ts'

/**
 * Files on this node's disk under names the store makes.
 *
 * A blob is there whole, hashed and synced to disk, or not at all: neither a
 * failed write nor a crash leaves a visible half. Blobs never change.
 */
export interface BlobStore {
  /**
   * Stores what `source` yields, pulling no faster than the disk takes it.
   * A `source` that throws is cleaned up after and thrown on.
   */
  write(source: AsyncIterable<Uint8Array>, limits: WriteLimits): Promise<Result<Blob, WriteFailure>>
  /**
   * Opens a blob. The caller must read the stream to its end or destroy it.
   * A blob removed meanwhile still streams to its end.
   */
  read(id: string, range?: ByteRange): Promise<Result<BlobReading, 'not_found' | 'range_invalid'>>
  /** Deletes a blob; false when there was none. */
  remove(id: string): Promise<boolean>
  /** What whole and growing blobs occupy now, and what is left. */
  usage(): Promise<BlobUsage>
  /**
   * Deletes whole blobs older than `graceMs` that `isReferenced` does not
   * return. Grace covers the time between a write and the row that names it.
   */
  sweep(isReferenced: References, graceMs: number): Promise<{ readonly removed: number }>
}

/** Limits of one write. */
export interface WriteLimits {
  readonly bytesMax: number
  /** Ends the write with `aborted`. */
  readonly signal?: AbortSignal | undefined
}

/** Why nothing was stored. */
export type WriteFailure = 'too_large' | 'disk_full' | 'quota_exceeded' | 'aborted'

/** A stored blob; `sha256` is 64 hex digits. */
export interface Blob {
  readonly id: string
  readonly sha256: string
  readonly bytes: number
}

/** Bytes `start` to `end`, both included, counted from 0, as HTTP ranges are; `end` may lie past the blob. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** An open blob: `bytes` will come out of `stream`, `bytesTotal` is the whole. */
export interface BlobReading {
  readonly stream: Readable
  readonly bytes: number
  readonly bytesTotal: number
}

/** Bytes in use, allowed, and free on the disk. */
export interface BlobUsage {
  readonly bytes: number
  readonly quotaBytes?: number | undefined
  readonly freeBytes: number
}

/** Returns those of the given ids that something still needs. */
export type References = (ids: readonly string[]) => Promise<ReadonlySet<string>>
