import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { hashToken, newToken, Secret, tokenMatches } from './index.ts'

test('a secret shows itself only when asked', () => {
  const secret = new Secret('hunter2')
  const printed = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret),
  ]
  expect(printed.join()).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})

test('a token matches the hash of itself and of nothing else', () => {
  const token = newToken()
  expect(tokenMatches(token, hashToken(token))).toBe(true)
  expect(tokenMatches(`${token}x`, hashToken(token))).toBe(false)
  expect(tokenMatches(token, 'short')).toBe(false)
})
