const CUT_MARK = ' … [cut]'

/**
 * Text as the store takes it: without NUL (PostgreSQL's text has none) and
 * not longer than `bytesMax` in UTF-8, cut between characters and marked.
 */
export function fitText(text: string, bytesMax: number): string {
  const clean = text.replaceAll('\0', '')
  const bytes = Buffer.from(clean)
  if (bytes.length <= bytesMax) return clean
  let end = bytesMax - Buffer.byteLength(CUT_MARK)
  while (end > 0 && isContinuation(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end) + CUT_MARK
}

/** Bytes that texts take together. */
export function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80
