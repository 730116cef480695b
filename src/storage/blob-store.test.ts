import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, type TestContext, test } from 'vitest'
import { systemClock } from '../kernel/index.ts'
import { type BlobOptions, DiskBlobStore } from './disk-blob-store.ts'

async function setup(t: TestContext, changes: Partial<BlobOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-blobs-'))
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = new DiskBlobStore({ folder, minFreeBytes: 0, clock: systemClock, ...changes })
  const files = async (): Promise<string[]> => {
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    return found.filter((entry) => entry.isFile()).map((entry) => entry.name)
  }
  return { store, folder, files }
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function stored(store: DiskBlobStore, ...texts: string[]): Promise<string> {
  const written = await store.write(chunks(...texts), { bytesMax: 1_000 })
  if (!written.ok) throw new Error(written.reason)
  return written.value.id
}

async function textOf(
  store: DiskBlobStore,
  id: string,
  range?: { start: number; end: number },
): Promise<string> {
  const reading = await store.read(id, range)
  if (!reading.ok) return reading.reason
  const bytes = await buffer(reading.value.stream)
  expect(bytes.byteLength).toBe(reading.value.bytes)
  return bytes.toString()
}

test('what was written comes back whole, with its hash and size', async (t) => {
  const { store } = await setup(t)
  const written = await store.write(chunks('hello ', 'world'), { bytesMax: 11 })
  expect(written).toMatchObject({
    ok: true,
    value: { bytes: 11, sha256: createHash('sha256').update('hello world').digest('hex') },
  })
  expect(written.ok && (await textOf(store, written.value.id))).toBe('hello world')
})

test('an empty blob is a blob', async (t) => {
  const { store } = await setup(t)
  const id = await stored(store)
  expect(await textOf(store, id)).toBe('')
  expect(await store.read(id, { start: 0, end: 0 })).toMatchObject({ reason: 'range_invalid' })
})

test('a range gives its bytes, both ends included, and is cut at the end', async (t) => {
  const { store } = await setup(t)
  const id = await stored(store, '0123456789')
  expect(await textOf(store, id, { start: 2, end: 4 })).toBe('234')
  expect(await textOf(store, id, { start: 8, end: 99 })).toBe('89')
  for (const range of [
    { start: 10, end: 12 },
    { start: 3, end: 2 },
    { start: -1, end: 2 },
  ]) {
    expect(await textOf(store, id, range)).toBe('range_invalid')
  }
})

test('ids that are none are not found, and lead nowhere', async (t) => {
  const { store, folder } = await setup(t)
  await writeFile(join(folder, 'secret'), 'secret')
  for (const id of ['../secret', '../../secret', '', 'a/b', 'nothing', `x\0y`]) {
    expect(await store.read(id)).toMatchObject({ ok: false, reason: 'not_found' })
    expect(await store.remove(id)).toBe(false)
  }
})

test('files and folders are for this user only', async (t) => {
  const { store, folder } = await setup(t)
  const id = await stored(store, 'x')
  const file = join(folder, 'blobs', id.slice(0, 2), id)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
})

test('a source over the limit is refused and leaves nothing', async (t) => {
  const { store, files } = await setup(t)
  let asked = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked += 1
      yield Buffer.alloc(10)
    }
  }
  expect(await store.write(endless(), { bytesMax: 25 })).toEqual({ ok: false, reason: 'too_large' })
  expect(asked).toBe(3)
  expect(await files()).toEqual([])
})

test('the quota holds for parallel writes together, and is free again after a removal', async (t) => {
  const { store, files } = await setup(t, { quotaBytes: 10 })
  const id = await stored(store, '123456')
  expect(await store.write(chunks('12345'), { bytesMax: 100 })).toEqual({
    ok: false,
    reason: 'quota_exceeded',
  })
  const results = await Promise.all([1, 2, 3].map(() => store.write(chunks('12', '34'), { bytesMax: 100 })))
  expect(results.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1)
  await store.remove(id)
  for (const result of results) if (result.ok) await store.remove(result.value.id)
  expect(await store.usage()).toMatchObject({ bytes: 0, quotaBytes: 10 })
  expect(await files()).toEqual([])
  expect(await store.write(chunks('1234567890'), { bytesMax: 100 })).toMatchObject({ ok: true })
})

test('a disk with too little left is refused at the first byte', async (t) => {
  const { store, files } = await setup(t, { minFreeBytes: Number.MAX_SAFE_INTEGER })
  expect(await store.write(chunks('x'), { bytesMax: 10 })).toEqual({ ok: false, reason: 'disk_full' })
  expect(await files()).toEqual([])
})

test('a disk that is really full ends the write and leaves nothing', async (t) => {
  const { folder, files } = await setup(t)
  const disk = join(folder, 'disk')
  await mkdir(disk)
  const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
  if (mounted.status !== 0) return t.skip('only a privileged user can mount a small disk')
  t.onTestFinished(() => void spawnSync('/bin/umount', [disk]))
  const store = new DiskBlobStore({ folder: disk, minFreeBytes: 0, clock: systemClock })
  const written = await store.write(chunks(...Array<string>(32).fill('x'.repeat(65_536))), {
    bytesMax: 10_000_000,
  })
  expect(written).toEqual({ ok: false, reason: 'disk_full' })
  expect(await files()).toEqual([])
  expect((await store.usage()).bytes).toBe(0)
})

test('an abort ends the write at once, even when the source hangs', async (t) => {
  const { store, files } = await setup(t)
  const abort = new AbortController()
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('begun')
    abort.abort()
    await new Promise(() => undefined)
  }
  const written = await store.write(hanging(), { bytesMax: 100, signal: abort.signal })
  expect(written).toEqual({ ok: false, reason: 'aborted' })
  expect(await files()).toEqual([])
  expect((await store.usage()).bytes).toBe(0)
})

test('a source that throws is cleaned up after, and its error handed on', async (t) => {
  const { store, files } = await setup(t)
  const cut = new Error('connection cut')
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    throw cut
  }
  await expect(store.write(broken(), { bytesMax: 100 })).rejects.toBe(cut)
  expect(await files()).toEqual([])
})

test('the source is asked for the next chunk only when the one before is on its way to disk', async (t) => {
  const { store } = await setup(t)
  let pending = 0
  let mostPending = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 50; count += 1) {
      pending += 1
      mostPending = Math.max(mostPending, pending)
      yield Buffer.alloc(1_000)
      pending -= 1
    }
  }
  await store.write(counted(), { bytesMax: 1_000_000 })
  expect(mostPending).toBe(1)
})

test('a removed blob is gone for new readers and whole for those who read', async (t) => {
  const { store } = await setup(t)
  const id = await stored(store, 'still here')
  const reading = await store.read(id)
  expect(await store.remove(id)).toBe(true)
  expect(await store.remove(id)).toBe(false)
  expect(await store.read(id)).toMatchObject({ reason: 'not_found' })
  expect(reading.ok && (await buffer(reading.value.stream)).toString()).toBe('still here')
})

test('a sweep deletes what nothing refers to once its grace is over', async (t) => {
  const { store, folder } = await setup(t)
  const [needed, orphan, young] = [
    await stored(store, 'a'),
    await stored(store, 'b'),
    await stored(store, 'c'),
  ]
  const longAgo = new Date(systemClock.nowMs() - 60_000)
  for (const id of [needed, orphan]) await utimes(join(folder, 'blobs', id.slice(0, 2), id), longAgo, longAgo)
  const asked: string[] = []
  const swept = await store.sweep(async (ids) => {
    asked.push(...ids)
    return new Set([needed])
  }, 30_000)
  expect(swept).toEqual({ removed: 1 })
  expect(asked.toSorted()).toEqual([needed, orphan].toSorted())
  expect(await textOf(store, orphan)).toBe('not_found')
  expect([await textOf(store, needed), await textOf(store, young)]).toEqual(['a', 'c'])
  expect((await store.usage()).bytes).toBe(2)
})

test('a start counts what is there and deletes what dead runs of this host left, nothing else', async (t) => {
  const { store, folder } = await setup(t)
  await stored(store, '12345')
  const host = hostname().replaceAll(/[^A-Za-z0-9.]+/g, '_')
  const [dead, reused, foreign] = [
    `${host}-4194304-1`,
    `${host}-${process.pid}-1`,
    `elsewhere-${process.pid}-1`,
  ]
  for (const name of [dead, reused, foreign]) {
    await mkdir(join(folder, 'tmp', name))
    await writeFile(join(folder, 'tmp', name, 'half'), 'half')
  }
  const growing = store.write(chunks('a', 'b'), { bytesMax: 10 })
  const restarted = new DiskBlobStore({ folder, minFreeBytes: 0, clock: systemClock })
  await restarted.open()
  expect((await restarted.usage()).bytes).toBeGreaterThanOrEqual(5)
  const left = await readdir(join(folder, 'tmp'))
  expect(left).toContain(foreign)
  expect(left).not.toContain(dead)
  expect(left).not.toContain(reused)
  expect(await growing).toMatchObject({ ok: true })
})

test('a folder that cannot be written to is named at start', async (t) => {
  const { folder } = await setup(t)
  await writeFile(join(folder, 'file'), '')
  const store = new DiskBlobStore({
    folder: join(folder, 'file', 'blobs'),
    minFreeBytes: 0,
    clock: systemClock,
  })
  await expect(store.open()).rejects.toMatchObject({ code: 'blob_dir_unwritable', field: 'blobDir' })
})
