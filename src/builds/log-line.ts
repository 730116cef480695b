import type { NewLogLine } from '../contract/index.ts'

const CUT_MARK = ' … [cut]'

/**
 * A line as the store takes it: without NUL (PostgreSQL's text has none) and
 * not longer than `bytesMax` in UTF-8, cut between characters and marked.
 */
export function fitLine({ level, message }: NewLogLine, bytesMax: number): NewLogLine {
  const text = message.replaceAll('\0', '')
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return { level, message: text }
  let end = bytesMax - Buffer.byteLength(CUT_MARK)
  while (end > 0 && isContinuation(bytes[end])) end -= 1
  return { level, message: bytes.toString('utf8', 0, end) + CUT_MARK }
}

/** Bytes that a batch adds to its build's log. */
export function bytesOf(lines: readonly NewLogLine[]): number {
  return lines.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0)
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80
