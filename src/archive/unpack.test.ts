import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type UnpackLimits, unpackZip } from './unpack.ts'
import { centralHeader, endRecord, localHeader, type ZipRecord } from './zip-format.ts'

const LIMITS: UnpackLimits = { entriesMax: 100, bytesMax: 256 * 1024 ** 2, ratioMax: 100 }

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorate-hostile-'))
})
afterAll(() => rm(root, { recursive: true }))

interface Forged {
  readonly name: string
  readonly data?: Buffer
  readonly mode?: number
  /** What the headers say instead of the truth. */
  readonly claims?: Partial<ZipRecord>
  /** General purpose bits, for example 1 for encryption. */
  readonly flags?: number
}

/** An archive as an attacker writes it: every header field can lie. */
function forge(entries: readonly Forged[]): Buffer {
  const bodies: Buffer[] = []
  const table: Buffer[] = []
  let offset = 0
  for (const { name, data = Buffer.from('data'), mode, claims, flags } of entries) {
    const packed = deflateRawSync(data)
    const truth = { compressed: true, executable: false, crc: crc32(data), bytes: data.length, offset }
    const record = { ...truth, name: Buffer.from(name), packedBytes: packed.length, ...claims }
    const central = centralHeader(record)
    if (mode !== undefined) central.writeUInt32LE((mode << 16) >>> 0, 38)
    if (flags !== undefined) central.writeUInt16LE(flags, 8)
    bodies.push(localHeader(record), packed)
    table.push(central)
    offset += localHeader(record).length + packed.length
  }
  const tableBytes = table.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([...bodies, ...table, endRecord(entries.length, tableBytes, offset)])
}

async function unpacked(archive: Buffer, limits: UnpackLimits = LIMITS, signal?: AbortSignal) {
  const folder = await mkdtemp(join(root, 'case-'))
  await writeFile(join(folder, 'in.zip'), archive)
  const outcome = await unpackZip(join(folder, 'in.zip'), join(folder, 'out'), limits, signal).catch(
    (cause: unknown) => cause,
  )
  return { outcome, left: await readdir(folder) }
}

async function expectRefused(archive: Buffer, reason: string, limits?: UnpackLimits): Promise<void> {
  const { outcome, left } = await unpacked(archive, limits)
  expect(outcome).toMatchObject({ ok: false, reason })
  expect(left).toEqual(['in.zip'])
}

test.each([
  '../evil',
  'a/../../evil',
  '/etc/evil',
  'C:/evil',
  'a\\..\\evil',
  'nul\0byte',
  'a//b',
  './a',
  'line\nbreak',
  'x'.repeat(2_000),
  `${'y'.repeat(300)}`,
  '',
])('the name %j is refused', async (name) => {
  await expectRefused(forge([{ name: 'first' }, { name }]), 'unsafe_name')
})

test('links and devices are refused', async () => {
  await expectRefused(
    forge([{ name: 'link', data: Buffer.from('/etc/passwd'), mode: 0o120777 }]),
    'special_file',
  )
  await expectRefused(forge([{ name: 'device', mode: 0o020666 }]), 'special_file')
})

test('a name met twice is refused, also as a file where a folder is', async () => {
  await expectRefused(forge([{ name: 'a' }, { name: 'a' }]), 'duplicate_name')
  await expectRefused(forge([{ name: 'a' }, { name: 'a/b' }]), 'duplicate_name')
  await expectRefused(forge([{ name: 'a/b' }, { name: 'a' }]), 'duplicate_name')
})

test('a bomb is refused while it inflates, by its ratio', async () => {
  const bomb = forge([{ name: 'bomb', data: Buffer.alloc(64 * 1024 ** 2) }])
  expect(bomb.length).toBeLessThan(100_000)
  await expectRefused(bomb, 'ratio_too_high')
})

test('many small files count together', async () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ name: `f${at}`, data: Buffer.alloc(1_000, at) }))
  await expectRefused(forge(many), 'too_large', { ...LIMITS, bytesMax: 19_999 })
  expect((await unpacked(forge(many), { ...LIMITS, bytesMax: 20_000 })).outcome).toMatchObject({ ok: true })
})

test('headers that understate a size do not help a bomb', async () => {
  const liar = forge([{ name: 'liar', data: Buffer.alloc(1_000_000), claims: { bytes: 10 } }])
  await expectRefused(liar, 'corrupt', { ...LIMITS, bytesMax: 500_000 })
})

test('too many entries are refused before anything is written', async () => {
  const many = Array.from({ length: 101 }, (_, at) => ({ name: `f${at}` }))
  await expectRefused(forge(many), 'too_many_entries')
})

test('a wrong checksum, an encrypted entry and cut or foreign bytes are refused', async () => {
  const whole = forge([{ name: 'a', data: Buffer.from('some text') }])
  await expectRefused(forge([{ name: 'a', claims: { crc: 1 } }]), 'corrupt')
  await expectRefused(forge([{ name: 'a', flags: 1 }]), 'encrypted')
  await expectRefused(whole.subarray(0, whole.length - 10), 'not_a_zip')
  await expectRefused(Buffer.from('this is no archive at all'), 'not_a_zip')
  await expectRefused(Buffer.alloc(0), 'not_a_zip')
})

test('set-user-id does not survive, and an abort leaves nothing', async () => {
  const { outcome } = await unpacked(forge([{ name: 'tool', mode: 0o104755 }]))
  expect(outcome).toMatchObject({ ok: true, value: { entries: 1, bytes: 4 } })
  const aborted = await unpacked(forge([{ name: 'a' }]), LIMITS, AbortSignal.abort())
  expect(aborted.outcome).toMatchObject({ name: 'AbortError' })
  expect(aborted.left).toEqual(['in.zip'])
})
