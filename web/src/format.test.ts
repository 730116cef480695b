import { expect, test } from 'vitest'
import { ago, count, size, span } from './format.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [-5 * SECOND, 'now'],
  [999, 'now'],
  [SECOND, '1 s ago'],
  [59_999, '59 s ago'],
  [MINUTE, '1 min ago'],
  [HOUR - 1, '59 min ago'],
  [HOUR, '1 h ago'],
  [2 * DAY - 1, '47 h ago'],
  [2 * DAY, '2 d ago'],
])('%d ms in the past reads %s', (ms, words) => {
  expect(ago(1_000_000_000_000 - ms, 1_000_000_000_000)).toBe(words)
})

test.each([
  [-1, '0 s'],
  [42_900, '42 s'],
  [MINUTE + 5 * SECOND, '1 m 05 s'],
  [HOUR + MINUTE, '1 h 01 m'],
  [3 * DAY + 4 * HOUR, '3 d 4 h'],
])('a span of %d ms reads %s', (ms, words) => {
  expect(span(ms)).toBe(words)
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [1536, '1.5 KB'],
  [310 * 1024 ** 2, '310 MB'],
  [5 * 1024 ** 4, '5.0 TB'],
  [2048 * 1024 ** 4, '2048 TB'],
])('%d bytes read %s', (bytes, words) => {
  expect(size(bytes)).toBe(words)
})

test('thousands are set apart', () => {
  expect(count(1_234_567)).toBe('1,234,567')
})
