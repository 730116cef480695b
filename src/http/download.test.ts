import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { bareServer } from '../../test/support/index.ts'
import { Problem } from '../kernel/index.ts'
import { type Download, sendDownload } from './download.ts'

const content = Buffer.from('0123456789')
const sha256 = createHash('sha256').update(content).digest('hex')

/** A server with one file; counts how often it is opened. */
async function setup(t: Parameters<typeof bareServer>[0], changes: Partial<Download> = {}) {
  let opened = 0
  const download: Download = {
    bytes: content.length,
    sha256,
    contentType: 'application/octet-stream',
    name: 'file.bin',
    async open(range) {
      opened += 1
      return Readable.from([content.subarray(range?.start ?? 0, (range?.end ?? 9) + 1)])
    },
    ...changes,
  }
  const { ask } = await bareServer(t, {
    routes: [
      (server) =>
        server.get('/file', (request, reply) => sendDownload(request, reply, download)) && undefined,
    ],
  })
  const get = (headers: Record<string, string> = {}) => ask('GET /file', { headers })
  return { get, ask, opened: () => opened }
}

test('a whole file comes with its length, name and hash', async (t) => {
  const { get } = await setup(t)
  const reply = await get()
  expect(reply.statusCode).toBe(200)
  expect(reply.body).toBe('0123456789')
  expect(reply.headers).toMatchObject({
    'content-length': '10',
    'accept-ranges': 'bytes',
    etag: `"${sha256}"`,
    'x-checksum-sha256': sha256,
    'content-disposition': 'attachment; filename="file.bin"',
    'content-type': 'application/octet-stream',
  })
})

test('a range comes as 206 and says what it is a part of', async (t) => {
  const { get } = await setup(t)
  const reply = await get({ range: 'bytes=3-5' })
  expect([reply.statusCode, reply.body]).toEqual([206, '345'])
  expect(reply.headers).toMatchObject({ 'content-range': 'bytes 3-5/10', 'content-length': '3' })
  expect((await get({ range: 'bytes=-2' })).body).toBe('89')
})

test('a range beyond the file is 416 and names the size', async (t) => {
  const { get, opened } = await setup(t)
  const reply = await get({ range: 'bytes=10-' })
  expect(reply.statusCode).toBe(416)
  expect(reply.headers['content-range']).toBe('bytes */10')
  expect(reply.json()).toMatchObject({ code: 'range_not_satisfiable', field: 'Range' })
  expect(opened()).toBe(0)
})

test('a resumed download goes on only in the same content', async (t) => {
  const { get } = await setup(t)
  const same = await get({ range: 'bytes=5-', 'if-range': `"${sha256}"` })
  expect([same.statusCode, same.body]).toEqual([206, '56789'])
  const other = await get({ range: 'bytes=5-', 'if-range': '"another"' })
  expect([other.statusCode, other.body]).toEqual([200, '0123456789'])
})

test('what the client has already is not sent again', async (t) => {
  const { get, opened } = await setup(t)
  const reply = await get({ 'if-none-match': `"${sha256}"` })
  expect([reply.statusCode, reply.body, opened()]).toEqual([304, '', 0])
})

test('a file that is gone is a refusal without a trace of the file', async (t) => {
  const gone = { open: () => Promise.reject(new Problem('not_found', 'The artefact is gone')) }
  const { get } = await setup(t, gone)
  const reply = await get()
  expect([reply.statusCode, reply.json().error]).toEqual([404, 'The artefact is gone'])
  expect(reply.headers['content-disposition']).toBeUndefined()
  expect(reply.headers['content-length']).toBe(String(reply.rawPayload.length))
})

test('HEAD sends the headers and opens nothing', async (t) => {
  const { ask, opened } = await setup(t)
  const reply = await ask('HEAD /file')
  expect([reply.statusCode, reply.body, opened()]).toEqual([200, '', 0])
  expect(reply.headers).toMatchObject({ 'content-length': '10', etag: `"${sha256}"` })
})

test.for([
  ['a"b\\c.bin', `attachment; filename="a_b_c.bin"; filename*=UTF-8''a%22b%5Cc.bin`],
  ['büild.zip', `attachment; filename="b_ild.zip"; filename*=UTF-8''b%C3%BCild.zip`],
  ['../../x', `attachment; filename=".._.._x"; filename*=UTF-8''..%2F..%2Fx`],
  [
    'a\r\nset-cookie: x',
    `attachment; filename="a__set-cookie: x"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x`,
  ],
] as const)('the name %j cannot break out of its header', async ([name, header], t) => {
  const { get } = await setup(t, { name })
  expect((await get()).headers['content-disposition']).toBe(header)
})
