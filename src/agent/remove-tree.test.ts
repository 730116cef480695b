import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { removeTree } from './remove-tree.ts'

const NOBODY = 65_534

/** A folder of a user whom permissions hold back; root is made to act as one. */
function ordinaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-remove-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  if (process.geteuid?.() === 0) {
    chownSync(folder, NOBODY, NOBODY)
    process.seteuid?.(NOBODY)
    t.onTestFinished(() => process.seteuid?.(0))
  }
  return folder
}

test('a tree without write permission goes, and what its links point to stays', async (t) => {
  const root = ordinaryFolder(t)
  const [tree, outside] = [join(root, 'tree'), join(root, 'outside')]
  mkdirSync(join(tree, 'cache/module'), { recursive: true })
  mkdirSync(outside)
  writeFileSync(join(outside, 'precious'), '')
  writeFileSync(join(tree, 'cache/module/file'), '')
  symlinkSync(outside, join(tree, 'cache/link'))
  for (const path of ['cache/module', 'cache']) chmodSync(join(tree, path), 0o555)
  chmodSync(outside, 0o555)
  expect(() => rmSync(tree, { recursive: true })).toThrow('EACCES')
  await removeTree(tree)
  expect([existsSync(tree), existsSync(join(outside, 'precious'))]).toEqual([false, true])
  await removeTree(tree)
})
