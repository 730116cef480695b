import { expect, test } from 'vitest'
import { globMatcher } from './glob.ts'

test.each([
  ['dist/*.tgz', ['dist/a.tgz', 'dist/.tgz'], ['dist/x/a.tgz', 'a.tgz', 'dist/a.tgz.old']],
  ['**/*.apk', ['a.apk', 'x/y/a.apk'], ['a.apk/x']],
  ['out/**', ['out/a', 'out/x/y'], ['out', 'output/a']],
  ['a/**/b', ['a/b', 'a/x/y/b'], ['ab', 'a/xb']],
  ['a**b', ['ab', 'axxb'], ['a/b']],
  ['v?.[0-9][!a-c]', ['v1.2d', 'v漢.0z'], ['v1.2b', 'v1./d', 'v/.2d']],
  ['[[:upper:][:digit:]_]x', ['Ax', '7x', '_x'], ['ax']],
  ['[]-]x[^]]', [']xa', '-xa'], ['ax]', ']x]']],
  ['\\*\\?\\[a]', ['*?[a]'], ['xx[a]']],
  ['(a|b)+.{1}$', ['(a|b)+.{1}$'], ['a.', 'aa']],
  ['[z-a]', [], ['z', 'a', '-']],
  ['[abc', [], ['a', '[abc']],
  ['[[:nosuch:]]', [], ['a', ':']],
  ['end\\', [], ['end', 'end\\']],
])('%s', (glob, hits, misses) => {
  const matches = globMatcher(glob)
  expect(hits.filter((path) => !matches(path))).toEqual([])
  expect(misses.filter(matches)).toEqual([])
})
