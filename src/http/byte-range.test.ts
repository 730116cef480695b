import { expect, test } from 'vitest'
import { parseRange } from './byte-range.ts'

const whole = { ok: true, value: undefined }

test.for([
  ['bytes=0-9', { ok: true, value: { start: 0, end: 9 } }],
  ['bytes=90-', { ok: true, value: { start: 90, end: 99 } }],
  ['bytes=-10', { ok: true, value: { start: 90, end: 99 } }],
  ['bytes=-1000', { ok: true, value: { start: 0, end: 99 } }],
  ['bytes=50-1000', { ok: true, value: { start: 50, end: 99 } }],
  ['bytes=99-99', { ok: true, value: { start: 99, end: 99 } }],
  ['bytes=100-', { ok: false, reason: 'range_not_satisfiable' }],
  ['bytes=-0', { ok: false, reason: 'range_not_satisfiable' }],
  [undefined, whole],
  ['bytes=-', whole],
  ['bytes=9-0', whole],
  ['bytes=0-1,5-9', whole],
  ['lines=0-9', whole],
  ['bytes=1e3-', whole],
] as const)('of 100 bytes, %s is %o', ([header, expected]) => {
  expect(parseRange(header, 100)).toEqual(expected)
})

test('an empty file has no range to give', () => {
  expect(parseRange('bytes=0-', 0)).toMatchObject({ ok: false })
})
