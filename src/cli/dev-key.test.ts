import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { devKey } from './dev-key.ts'

test('a key to play with stays the same, and only its owner can read it', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'quorate-dev-'))
  t.onTestFinished(() => rmSync(root, { recursive: true }))
  const folder = join(root, 'data')
  const key = await devKey(folder)
  expect(key).toMatch(/^qk_[\w-]{43}$/)
  expect(await devKey(folder)).toBe(key)
  expect(statSync(join(folder, 'dev-key')).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o001).toBe(0o001)
})
