import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, fitLine } from './log-line.ts'

const info = (message: string) => ({ level: 'info', message }) as const

test('a line that fits is kept as it is', () => {
  expect(fitLine(info('ünïcode'), 100)).toEqual(info('ünïcode'))
})

test('NUL characters are dropped, since no text column holds them', () => {
  expect(fitLine(info('a\0b'), 100)).toEqual(info('ab'))
})

test('a long line is cut and says so', () => {
  expect(fitLine(info('x'.repeat(100)), 30).message).toBe(`${'x'.repeat(20)} … [cut]`)
})

test('no cut line is longer than allowed or splits a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-composite', maxLength: 200 }),
      fc.integer({ min: 20, max: 100 }),
      (text, max) => {
        const { message } = fitLine(info(text), max)
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(max)
        const kept = message.replace(/ … \[cut\]$/, '')
        expect(text.replaceAll('\0', '').startsWith(kept)).toBe(true)
      },
    ),
  )
})

test('the size of a batch is counted in bytes, not characters', () => {
  expect(bytesOf([info('ü'), info('ab')])).toBe(4)
})
