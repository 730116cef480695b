import type { Admit } from './blob-write.ts'

/** One write's share of the budget. */
export interface Growth {
  readonly admit: Admit
  /** Ends the share: kept bytes stay on the account, others go. */
  end(kept: boolean): void
}

/** Free space is asked for at the first byte and again after this many. */
const LOOK_BYTES = 16 * 1024 * 1024

/**
 * The sum of blob sizes against the quota, and free space against its floor.
 * Growing blobs count from their first byte, so that parallel writes cannot
 * pass the quota together.
 */
export class BlobBudget {
  readonly quotaBytes: number | undefined
  readonly #isDiskLow: () => Promise<boolean>
  #wholeBytes = 0
  #growingBytes = 0

  constructor(quotaBytes: number | undefined, isDiskLow: () => Promise<boolean>) {
    this.quotaBytes = quotaBytes
    this.#isDiskLow = isDiskLow
  }

  /** Bytes of whole and growing blobs. */
  get bytes(): number {
    return this.#wholeBytes + this.#growingBytes
  }

  /** Corrects the sum of whole blobs by what was found on disk. */
  recount(bytes: number): void {
    this.#wholeBytes = bytes
  }

  /** A whole blob of this size is gone. */
  forget(bytes: number): void {
    this.#wholeBytes -= bytes
  }

  /** Opens a share for one write of at most `bytesMax`. */
  grow(bytesMax: number): Growth {
    let bytes = 0
    let lookAt = 0
    return {
      admit: async (chunkBytes) => {
        bytes += chunkBytes
        this.#growingBytes += chunkBytes
        if (bytes > bytesMax) return 'too_large'
        if (this.bytes > (this.quotaBytes ?? Number.POSITIVE_INFINITY)) return 'quota_exceeded'
        if (bytes < lookAt) return undefined
        lookAt = bytes + LOOK_BYTES
        return (await this.#isDiskLow()) ? 'disk_full' : undefined
      },
      end: (kept) => {
        this.#growingBytes -= bytes
        if (kept) this.#wholeBytes += bytes
      },
    }
  }
}
