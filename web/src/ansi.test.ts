import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ansiRuns, ansiStripped } from './ansi.ts'

test('a line without codes is one plain run', () => {
  expect(ansiRuns('npm test')).toEqual([{ text: 'npm test', style: '' }])
  expect(ansiRuns('')).toEqual([])
})

test('colours, bold and dim last until they are reset', () => {
  expect(ansiRuns('\x1b[32m✓\x1b[39m \x1b[1mparses\x1b[22m \x1b[2m(3 ms)\x1b[0m')).toEqual([
    { text: '✓', style: 'ansi-green' },
    { text: ' ', style: '' },
    { text: 'parses', style: 'ansi-bold' },
    { text: ' ', style: '' },
    { text: '(3 ms)', style: 'ansi-dim' },
  ])
})

test('several codes in one sequence all count, bright colours too', () => {
  expect(ansiRuns('\x1b[1;91mfailed')).toEqual([{ text: 'failed', style: 'ansi-red ansi-bold' }])
})

test('arguments of 256-colour and RGB codes are not taken for codes', () => {
  expect(ansiRuns('\x1b[38;5;31mA\x1b[38;2;1;32;34mB')).toEqual([
    { text: 'A', style: '' },
    { text: 'B', style: '' },
  ])
})

test('an empty code is a reset', () => {
  expect(ansiRuns('\x1b[31ma\x1b[mb')).toEqual([
    { text: 'a', style: 'ansi-red' },
    { text: 'b', style: '' },
  ])
})

test('cursor movement, titles and links leave only their text', () => {
  expect(
    ansiStripped('\x1b[2K\x1b[1Gdone \x1b]0;title\x07\x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\'),
  ).toBe('done link')
})

test('what a carriage return overwrote is gone, a trailing one is not', () => {
  expect(ansiStripped('10 %\r50 %\r100 %')).toBe('100 %')
  expect(ansiStripped('built\r')).toBe('built')
})

test('the runs of a line are its stripped text', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('\x1b[31m', '\x1b[0m', '\x1b[1;4m', '\x1b[K', '\x1b]0;t\x07'),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const line = pieces.join('')
      expect(
        ansiRuns(line)
          .map((run) => run.text)
          .join(''),
      ).toBe(ansiStripped(line))
    }),
  )
})
