import { CsvError, parse } from './parse.js'
import { print } from './print.js'

/** One row by the names of its columns. */
export type CsvRecord = Readonly<Record<string, string>>

/** Reads CSV whose first row names the columns. Throws a `CsvError` on a row of another length. */
export function parseRecords(csv: string, separator = ','): CsvRecord[] {
  const [header = [], ...rows] = parse(csv, separator)
  return rows.map((row, index) => {
    if (row.length !== header.length) {
      throw new CsvError(`Expected ${header.length} fields, found ${row.length},`, index + 2)
    }
    return Object.fromEntries(header.map((name, column) => [name, row[column] ?? '']))
  })
}

/** Writes records with a header row. Columns come in the order of their first use. */
export function printRecords(records: readonly CsvRecord[], separator = ','): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const rows = records.map((record) => columns.map((name) => record[name] ?? ''))
  return records.length === 0 ? '' : print([columns, ...rows], separator)
}
