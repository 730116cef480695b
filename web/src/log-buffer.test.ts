import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogLine } from '../../src/contract/index.ts'
import { LINES_MAX, LogBuffer, visibleRows } from './log-buffer.ts'

const line = (seq: number, message = `line ${seq}`): LogLine => ({
  seq,
  timestamp: '2026-01-01T00:00:00.000Z',
  level: 'info',
  message,
})
const lines = (from: number, to: number): readonly LogLine[] =>
  Array.from({ length: to - from }, (_, at) => line(from + at))

test('lines that come again after a reconnect are kept once', () => {
  const buffer = new LogBuffer()
  expect(buffer.add(lines(1, 5))).toBe(4)
  expect(buffer.add(lines(3, 8))).toBe(3)
  expect(buffer.slice(0, 100).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('a line is found by its number, also where numbers are missing', () => {
  const buffer = new LogBuffer()
  buffer.add([line(2), line(5), line(9)])
  expect([2, 5, 9].map((seq) => buffer.indexOf(seq))).toEqual([0, 1, 2])
  expect([1, 3, 10].map((seq) => buffer.indexOf(seq))).toEqual([undefined, undefined, undefined])
})

test('a search sees neither colours nor case', () => {
  const buffer = new LogBuffer()
  buffer.add([line(1, 'Compiling'), line(2, '\x1b[31mcomp\x1b[0mILE error'), line(3, 'done')])
  expect(buffer.search('compil')).toEqual([0, 1])
  expect(buffer.search('31m')).toEqual([])
  expect(buffer.search('')).toEqual([])
})

test('lines beyond the limit are counted, not kept', () => {
  const buffer = new LogBuffer()
  buffer.add(lines(1, LINES_MAX + 4))
  expect([buffer.length, buffer.dropped]).toEqual([LINES_MAX, 3])
})

test('the visible rows cover the viewport and stay inside the log', () => {
  const view = fc.record({
    scrollTop: fc.nat(100_000),
    height: fc.nat(2_000),
    rowHeight: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(view, fc.nat(10_000), fc.nat(50), (box, total, overscan) => {
      const { from, to } = visibleRows(box, total, overscan)
      expect(from).toBeGreaterThanOrEqual(0)
      expect(to).toBeLessThanOrEqual(total)
      expect(from).toBeLessThanOrEqual(to)
      expect(from === 0 || from * box.rowHeight <= box.scrollTop || from === total).toBe(true)
      expect(to === total || to * box.rowHeight >= box.scrollTop + box.height).toBe(true)
    }),
  )
})
