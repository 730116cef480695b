/** Writes rows as CSV text; every line ends with CRLF. Quotes only the fields that need it. */
export function print(rows: readonly (readonly string[])[], separator = ','): string {
  return rows.map((row) => `${row.map((field) => quoted(field, separator)).join(separator)}\r\n`).join('')
}

function quoted(field: string, separator: string): string {
  const needsQuotes = field === '' || field.includes(separator) || /["\r\n]/.test(field)
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field
}
