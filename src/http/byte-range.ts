import { err, ok, type Result } from '../kernel/index.ts'
import type { ByteRange } from '../storage/index.ts'

/**
 * Reads a `Range` header against a file of `total` bytes (RFC 9110 §14).
 *
 * Undefined means: send the whole file, as for other units, several ranges or
 * a header that cannot be read, all of which a server may ignore.
 */
export function parseRange(
  header: string | undefined,
  total: number,
): Result<ByteRange | undefined, 'range_not_satisfiable'> {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (from === '' && to === '') return ok(undefined)
  if (from === '') return within(Math.max(0, total - Number(to)), total - 1)
  if (to === '') return within(Number(from), total - 1)
  return Number(to) < Number(from) ? ok(undefined) : within(Number(from), Math.min(Number(to), total - 1))
}

const within = (start: number, end: number): Result<ByteRange, 'range_not_satisfiable'> =>
  start <= end ? ok({ start, end }) : err('range_not_satisfiable')
