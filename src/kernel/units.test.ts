import fc from 'fast-check'
import { expect, test } from 'vitest'
import { count, formatDuration, formatSize, parseDuration, parseSize } from './index.ts'

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5m', 90_000],
  [' 2h ', 7_200_000],
  ['7d', 604_800_000],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms })
})

test.each(['', '5', 's', '-1s', '1 year', '1e3s', '5m5s'])(
  '%j is no duration, and the message shows the form',
  (text) => {
    expect(parseDuration(text)).toMatchObject({
      ok: false,
      reason: 'invalid_duration',
      message: expect.stringContaining('write 250ms, 30s'),
    })
  },
)

test.each([
  ['512B', 512],
  ['10MB', 10 * 1024 ** 2],
  ['1.5GB', 1.5 * 1024 ** 3],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toEqual({ ok: true, value: bytes })
})

test('a size without a unit is refused', () => {
  expect(parseSize('12')).toMatchObject({ ok: false, reason: 'invalid_size' })
})

test.each([
  [450, '450ms'],
  [12_000, '12s'],
  [185_000, '3m 5s'],
  [7_800_000, '2h 10m'],
  [273_600_000, '3d 4h'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('a printed size is within the rounding of its one decimal', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: 2 ** 45 }), (bytes) => {
      const [amount = '', unit = ''] = formatSize(bytes).split(' ')
      const parsed = parseSize(`${amount}${unit}`)
      expect(parsed.ok && Math.abs(parsed.value - bytes) / bytes).toBeLessThan(0.06)
    }),
  )
})

test('one is not many', () => {
  expect([0, 1, 2].map((files) => count(files, 'file'))).toEqual(['0 files', '1 file', '2 files'])
})
