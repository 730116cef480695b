import { Problem } from '../kernel/index.ts'

/** How a zip, an empty zip and a gzip begin. */
const HEADS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x50, 0x4b, 0x05, 0x06],
  [0x1f, 0x8b],
]

/**
 * Refuses a file that is neither zip nor gzip by its first bytes: names and
 * content types of real clients say nothing (a zip is sent as `project.tar.gz`).
 */
export const refuseOtherThanArchive =
  (field: string) =>
  (head: Uint8Array): void => {
    if (HEADS.some((known) => known.every((byte, index) => head[index] === byte))) return
    throw new Problem('invalid_request', `The file ${field} is not a zip or gzip archive`, {
      field,
      wayOut: 'Pack the project as a zip and send that.',
    })
  }
