import { expect, test } from 'vitest'
import { type FileUpload, formBody } from './multipart-body.ts'

const fileOf = (text: string, changes: Partial<FileUpload> = {}): FileUpload => ({
  name: 'a.bin',
  bytes: text.length,
  content: (async function* () {
    for (let at = 0; at < text.length; at += 4) yield Buffer.from(text.slice(at, at + 4))
  })(),
  ...changes,
})

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text()
}

test('the length is known before the first byte and right', async () => {
  const form = formBody(
    { platform: 'linux', name: undefined, priority: 3 },
    { source: fileOf('0123456789'), certs: undefined },
  )
  const text = await textOf(form.stream)
  expect(Number(form.headers['content-length'])).toBe(Buffer.byteLength(text))
  const [, boundary = ''] = /boundary=(.+)$/.exec(form.headers['content-type'] ?? '') ?? []
  expect(text.split(`--${boundary}`).map((part) => part.trim())).toEqual([
    '',
    'content-disposition: form-data; name="platform"\r\n\r\nlinux',
    'content-disposition: form-data; name="priority"\r\n\r\n3',
    'content-disposition: form-data; name="source"; filename="a.bin"\r\n' +
      'content-type: application/octet-stream\r\n\r\n0123456789',
    '--',
  ])
})

test('names that try to break out of their header do not', async () => {
  const form = formBody({ 'fi"eld': 'v' }, { source: fileOf('content', { name: 'a"; name="evil\r\nx: y' }) })
  const text = await textOf(form.stream)
  expect(text).toContain('name="fi%22eld"')
  expect(text).toContain('name="source"; filename="a%22; name=%22evil%0D%0Ax: y"')
})

test('progress counts the bytes of files up to all of them', async () => {
  const seen: (readonly [number, number])[] = []
  const form = formBody({}, { source: fileOf('0123456789') }, (sent, total) => seen.push([sent, total]))
  await textOf(form.stream)
  expect(seen).toEqual([
    [4, 10],
    [8, 10],
    [10, 10],
  ])
})

test('chunks are pulled one by one, never ahead of the reader', async () => {
  let pulled = 0
  const content = (async function* () {
    for (;;) {
      pulled += 1
      yield Buffer.alloc(10)
    }
  })()
  const reader = formBody({}, { source: { name: 'x', bytes: 1_000_000, content } }).stream.getReader()
  await reader.read()
  expect(pulled).toBe(0)
  await reader.read()
  expect(pulled).toBe(1)
  await reader.cancel()
})

test('a file that shrinks, grows or cannot be read ends the form with its name', async () => {
  const broken = (async function* () {
    yield Buffer.from('01')
    throw new Error('EIO')
  })()
  const files = [
    fileOf('0123', { bytes: 5 }),
    fileOf('0123', { bytes: 3 }),
    { name: 'a.bin', bytes: 9, content: broken },
  ]
  for (const source of files) {
    const failure = await textOf(formBody({}, { source }).stream).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'file_unreadable', message: expect.stringContaining('a.bin') })
  }
})
