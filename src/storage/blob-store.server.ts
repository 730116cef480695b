import { defineServer } from '../otp/index.ts'
import type { StorageParts } from './storage-parts.ts'

/**
 * Opens the blob store: makes its folders, deletes what dead runs left behind,
 * counts what is there.
 *
 * Owns nothing but that moment; reads and writes under way go on through a
 * crash, and the restart counts again.
 */
export const BlobKeeper = defineServer({
  name: 'storage.blobs',
  init: async ({ blobs }: StorageParts, ctx) => {
    ctx.trapExit(true)
    await blobs.open()
    return blobs
  },
  terminate: (_reason, blobs) => blobs.close(),
})
