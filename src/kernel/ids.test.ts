import { expect, test } from 'vitest'
import { isId, newId, newToken } from './index.ts'

test('ids are 21 letters and digits, so none looks like an option', () => {
  const ids = Array.from({ length: 2_000 }, () => newId())
  expect(ids.filter((id) => !/^[0-9A-Za-z]{21}$/.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})

test('ids come from the bytes handed in, without bias from the last eight values', () => {
  const bytes = Uint8Array.from([255, 248, 0, 61, 62, 123, 247])
  expect(newId(() => bytes)).toBe('0z0zz0z0zz0z0zz0z0zz0')
})

test('tokens are 32 bytes of base64url', () => {
  expect(newToken()).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test.each(['a', 'A-b_9', 'x'.repeat(64)])('%s may stand in a path', (id) => expect(isId(id)).toBe(true))
test.each(['', '../a', 'a/b', 'a b', 'ä', 'x'.repeat(65), 'a\0'])('%j may not stand in a path', (id) =>
  expect(isId(id)).toBe(false),
)
