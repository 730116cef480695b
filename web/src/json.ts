import type { ProcessState } from '../../src/contract/index.ts'

/** What JSON can say. */
export type Json = ProcessState['state']

/** JSON in one line, cut where it is longer than anybody reads in a row. */
export function inlineJson(value: Json, charsMax = 200): string {
  const text = JSON.stringify(value)
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text
}
