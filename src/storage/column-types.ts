import { type CustomTypesConfig, types } from 'pg'

type Parse = (text: string) => unknown

const INT8 = 20
const DATE = 1082
const TIMESTAMP = 1114
const INT8_ARRAY = 1016
const TEXT_ARRAY: number = 1009

const parseTexts: (text: string) => (string | null)[] = types.getTypeParser(TEXT_ARRAY, 'text')

/**
 * How columns become values, where we differ from the driver: int8 is a number
 * (beyond 2^53 it is an error, never a rounded value); date and timestamp have
 * no zone and stay text, because a Date would put them into this machine's.
 */
const OWN: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [INT8, toSafeNumber],
  [INT8_ARRAY, (text) => parseTexts(text).map((item) => (item === null ? null : toSafeNumber(item)))],
  [DATE, (text) => text],
  [TIMESTAMP, (text) => text],
])

/** Handed to every connection. */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return (format !== 'binary' && OWN.get(oid)) || types.getTypeParser(oid, format)
  },
}

function toSafeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number: cast it to text`)
  return value
}
