import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packDirectory } from './pack.ts'
import { unpackZip } from './unpack.ts'
import { everything, walk } from './walk.ts'
import { writeZip, type ZipSource } from './zip-writer.ts'

const LIMITS = { entriesMax: 1_000, bytesMax: 64 * 1024 ** 2, ratioMax: 200 }

let root: string
let made = 0
const fresh = (): string => join(root, `case-${made++}`)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-zip-'))
})
afterAll(() => rm(root, { recursive: true }))

function sources(files: ReadonlyMap<string, Uint8Array>): ZipSource[] {
  return [...files].map(([name, contents]) => ({
    name,
    executable: false,
    async *open() {
      yield contents
    },
  }))
}

async function readTree(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for await (const { path } of walk(directory, everything)) {
    files.set(path, new Uint8Array(await readFile(join(directory, path))))
  }
  return files
}

const part = fc.stringMatching(/^[a-zA-Z0-9äß漢 ._-]{1,12}$/).filter((name) => name !== '.' && name !== '..')
const trees = fc
  .uniqueArray(fc.tuple(part, fc.option(part, { nil: undefined }), fc.uint8Array({ maxLength: 3_000 })), {
    maxLength: 12,
    selector: ([top]) => top,
  })
  .map(
    (files) => new Map(files.map(([top, below, data]) => [below ? `${top}/${below}` : top, data] as const)),
  )

test('what was written comes back byte for byte, stored or deflated', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.boolean(), async (files, compress) => {
      const [archive, directory] = [`${fresh()}.zip`, fresh()]
      await writeZip(archive, sources(files), { compress })
      const unpacked = await unpackZip(archive, directory, LIMITS)
      expect(unpacked).toMatchObject({ ok: true, value: { entries: files.size } })
      expect(await readTree(directory)).toEqual(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))))
    }),
    { numRuns: 60 },
  )
})

test('the order in which files are handed in does not change the archive', async () => {
  const files = new Map(['b/x', 'a', 'b/a', 'Z'].map((name) => [name, Buffer.from(name)] as const))
  const [one, two] = [`${fresh()}.zip`, `${fresh()}.zip`]
  await writeZip(one, sources(files), { compress: true })
  await writeZip(two, sources(files).reverse(), { compress: true })
  expect(await readFile(one)).toEqual(await readFile(two))
})

test('a stored archive has these very bytes, on every machine', async () => {
  const archive = `${fresh()}.zip`
  await writeZip(archive, sources(new Map([['a.txt', Buffer.from('hello')]])), { compress: false })
  const digest = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex')
  expect(digest).toBe('dcca61c1e09d50954754a33ab7a783900adb333655819fb0762513d62e4b4eff')
})

test('a packed folder keeps execute bits, follows inner links and names the links it left out', async () => {
  const directory = await folder({ 'run.sh': '#!/bin/sh', 'deep/data': 'd' })
  await chmod(join(directory, 'run.sh'), 0o755)
  await symlink('run.sh', join(directory, 'also.sh'))
  await symlink('/etc/passwd', join(directory, 'outside'))
  await symlink('deep', join(directory, 'loop'))
  const [archive, out] = [`${fresh()}.zip`, fresh()]
  const packed = await packDirectory(directory, archive, { filter: everything })
  expect(packed).toMatchObject({ files: 3, leftOut: ['loop', 'outside'] })
  expect(packed.bytes).toBe((await stat(archive)).size)
  expect(await unpackZip(archive, out, LIMITS)).toMatchObject({ ok: true })
  expect(await readdir(out)).toEqual(['also.sh', 'deep', 'run.sh'])
  expect((await stat(join(out, 'run.sh'))).mode & 0o100).toBe(0o100)
  expect((await stat(join(out, 'deep/data'))).mode & 0o111).toBe(0)
})

test('progress ends at the total', async () => {
  const directory = await folder({ a: 'x'.repeat(100_000), b: 'y' })
  const seen: [number, number][] = []
  await packDirectory(directory, `${fresh()}.zip`, {
    filter: everything,
    onProgress: (done, total) => seen.push([done, total]),
  })
  expect(seen.at(-1)).toEqual([100_001, 100_001])
})

test('an aborted packing leaves no file', async () => {
  const archive = `${fresh()}.zip`
  const abort = new AbortController()
  const endless: ZipSource = {
    name: 'endless',
    executable: false,
    async *open() {
      for (let turn = 0; ; turn++) {
        if (turn === 3) abort.abort()
        yield Buffer.alloc(1_000)
      }
    },
  }
  await expect(writeZip(archive, [endless], { compress: true, signal: abort.signal })).rejects.toThrow(
    'aborted',
  )
  await expect(stat(archive)).rejects.toThrow('ENOENT')
})

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = fresh()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}
