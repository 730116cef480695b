/** The text is not CSV; `line` counts from 1. */
export class CsvError extends Error {
  override readonly name = 'CsvError'
  readonly line: number

  constructor(message: string, line: number) {
    super(`${message} in line ${line}`)
    this.line = line
  }
}

/** A field and where the text goes on behind it. */
interface Field {
  readonly text: string
  readonly end: number
}

/**
 * Reads CSV text as rows of fields.
 *
 * Lines end with CRLF or LF; quoted fields may hold separators, line ends and
 * doubled quotes. Throws a `CsvError` on an open quote and on text behind a closed one.
 */
export function parse(csv: string, separator = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (let at = 0; at < csv.length; ) {
    const field = csv[at] === '"' ? quotedField(csv, at) : plainField(csv, at, separator)
    row.push(field.text)
    const end = lineEnd(csv, field.end)
    if (end === undefined && csv[field.end] !== separator) {
      throw new CsvError('Text behind a closed quote', lineOf(csv, field.end))
    }
    const isLast = end === undefined && field.end === csv.length - 1
    if (isLast) row.push('')
    if (end !== undefined || isLast) {
      rows.push(row)
      row = []
    }
    at = end ?? field.end + 1
  }
  return rows
}

function plainField(csv: string, start: number, separator: string): Field {
  let end = start
  while (csv[end] !== separator && lineEnd(csv, end) === undefined) end += 1
  return { text: csv.slice(start, end), end }
}

function quotedField(csv: string, start: number): Field {
  let text = ''
  let from = start + 1
  while (true) {
    const quote = csv.indexOf('"', from)
    if (quote === -1) throw new CsvError('A quote is never closed', lineOf(csv, start))
    text += csv.slice(from, quote)
    if (csv[quote + 1] !== '"') return { text, end: quote + 1 }
    text += '"'
    from = quote + 2
  }
}

/** Where the next line begins, when a line ends at this place. */
function lineEnd(csv: string, at: number): number | undefined {
  if (at >= csv.length) return at
  if (csv[at] === '\n') return at + 1
  return csv[at] === '\r' && csv[at + 1] === '\n' ? at + 2 : undefined
}

const lineOf = (csv: string, at: number): number => csv.slice(0, at).split('\n').length
