import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, fitText } from './stored-text.ts'

test('a line that fits is kept as it is', () => {
  expect(fitText('ünïcode', 100)).toBe('ünïcode')
})

test('NUL characters are dropped, since no text column holds them', () => {
  expect(fitText('a\0b', 100)).toBe('ab')
})

test('a long line is cut and says so', () => {
  expect(fitText('x'.repeat(100), 30)).toBe(`${'x'.repeat(20)} … [cut]`)
})

test('no cut line is longer than allowed or splits a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-composite', maxLength: 200 }),
      fc.integer({ min: 20, max: 100 }),
      (text, max) => {
        const message = fitText(text, max)
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(max)
        const kept = message.replace(/ … \[cut\]$/, '')
        expect(text.replaceAll('\0', '').startsWith(kept)).toBe(true)
      },
    ),
  )
})

test('the size of a batch is counted in bytes, not characters', () => {
  expect(bytesOf(['ü', 'ab'])).toBe(4)
})
