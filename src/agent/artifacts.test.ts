import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { unpackZip } from '../archive/index.ts'
import { collectArtifacts } from './artifacts.ts'

const root = mkdtempSync(join(tmpdir(), 'quorate-artifacts-'))
afterAll(() => rmSync(root, { recursive: true }))

function built(...paths: string[]) {
  const folder = mkdtempSync(join(root, 'case-'))
  const directory = join(folder, 'tree')
  for (const path of ['source.ts', ...paths]) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), path)
  }
  return { directory, bundle: join(folder, 'bundle.zip') }
}

test('one match is handed in as it is', async () => {
  const { directory, bundle } = built('out/app.apk')
  const collected = await collectArtifacts(directory, ['./out/*.apk'], bundle)
  expect(collected).toMatchObject({ ok: true, value: { name: 'app.apk', bytes: 11 } })
  if (collected.ok) expect(await text(collected.value.open())).toBe('out/app.apk')
})

test('several matches come in one archive, the same bytes each time', async () => {
  const [one, two] = [built('b.tgz', 'a/c.tgz', 'd.txt'), built('a/c.tgz', 'd.txt', 'b.tgz')]
  const patterns = ['**/*.tgz', 'd.*']
  const collected = await collectArtifacts(one.directory, patterns, one.bundle)
  await collectArtifacts(two.directory, patterns, two.bundle)
  expect(collected).toMatchObject({
    ok: true,
    value: { name: 'artifacts.zip', bytes: readFileSync(one.bundle).length },
  })
  expect(readFileSync(one.bundle)).toEqual(readFileSync(two.bundle))
  const limits = { entriesMax: 10, bytesMax: 1_000, ratioMax: 10 }
  expect(await unpackZip(one.bundle, `${one.bundle}.out`, limits)).toMatchObject({ value: { entries: 3 } })
})

test('nothing found is said with the pattern', async () => {
  const { directory, bundle } = built('node_modules/x/dep.tgz')
  expect(await collectArtifacts(directory, ['**/*.tgz'], bundle)).toEqual({
    ok: false,
    reason: 'no_artifact',
    message: 'No file matches "**/*.tgz"',
  })
})

test('a link is not followed, whatever it is called', async () => {
  const { directory, bundle } = built()
  symlinkSync('/etc/passwd', join(directory, 'app.apk'))
  symlinkSync('/etc', join(directory, 'etc'))
  expect(await collectArtifacts(directory, ['*.apk', 'etc/*'], bundle)).toMatchObject({
    reason: 'no_artifact',
  })
})

test('dependencies are searched when the pattern says so', async () => {
  const { directory, bundle } = built('node_modules/x/dep.tgz')
  expect(await collectArtifacts(directory, ['node_modules/*/*.tgz'], bundle)).toMatchObject({ ok: true })
})
