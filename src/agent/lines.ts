/** Longest line handed on, in bytes; the farm keeps no longer ones. */
export const LINE_BYTES_MAX = 8192

const NEWLINE = 0x0a

/**
 * Splits a process's output into lines as they come.
 *
 * A line beyond 8 KB is handed on in pieces, so memory stays bounded and nothing is
 * lost. What a progress bar overwrote with a carriage return is left out, as on a
 * terminal. Bytes that are not UTF-8 become U+FFFD.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    for (let piece = firstPiece(rest); piece !== undefined; piece = firstPiece(rest)) {
      yield textOf(rest.subarray(0, piece.end))
      rest = rest.subarray(piece.next)
    }
  }
  if (rest.length > 0) yield textOf(rest)
}

/** The first whole line, or as much of a longer one as fits; nothing while it may still grow. */
function firstPiece(bytes: Buffer): { readonly end: number; readonly next: number } | undefined {
  const newline = bytes.indexOf(NEWLINE)
  if (newline !== -1 && newline <= LINE_BYTES_MAX) return { end: newline, next: newline + 1 }
  if (bytes.length <= LINE_BYTES_MAX) return undefined
  const end = characterStart(bytes, LINE_BYTES_MAX)
  return { end, next: end }
}

/** Steps back from the middle of a UTF-8 character to its first byte. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at
  while (start > at - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  return start
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8').replace(/\r+$/, '')
  return text.slice(text.lastIndexOf('\r') + 1)
}
