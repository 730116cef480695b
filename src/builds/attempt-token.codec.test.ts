import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId, newToken } from '../kernel/index.ts'
import { parseAttemptToken, printAttemptToken } from './attempt-token.codec.ts'

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999 }), (attempt) => {
      const token = { buildId: newId(), attempt, secret: newToken() }
      expect(parseAttemptToken(printAttemptToken(token))).toEqual(token)
    }),
  )
})

test('anything else is no token', () => {
  const secret = newToken()
  for (const text of ['', 'b.1', `b.0.${secret}`, `b.01.${secret}`, `b.-1.${secret}`, `../b.1.${secret}`]) {
    expect(parseAttemptToken(text)).toBeUndefined()
  }
  expect(parseAttemptToken(`b.1.${secret}x`)).toBeUndefined()
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseAttemptToken(text)).toBeUndefined()
    }),
  )
})
