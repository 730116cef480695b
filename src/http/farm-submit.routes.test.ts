import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { formOf, type TestServer, testServer, zipOf } from '../../test/support/index.ts'

const SUBMIT = 'POST /api/builds/submit'
const good = () => formOf({ platform: 'linux' }, { source: zipOf('project') })

async function expectNothingLeft({ builds, database }: TestServer): Promise<void> {
  expect((await builds.counts()).total).toBe(0)
  expect((await database.blobs.usage()).bytes).toBe(0)
}

test('a build is queued and its token returned, whatever the order of the fields', async (t) => {
  const { ask, keys, builds } = await testServer(t)
  const form = formOf({ platform: 'ios' }, { source: zipOf('project') }, 'files-first')
  const reply = await ask(SUBMIT, { key: keys.submit, form })
  expect(reply.statusCode).toBe(200)
  expect(reply.json()).toEqual({
    id: expect.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]+$/),
    status: 'pending',
    platform: 'ios',
    submitted_at: expect.any(Number),
    access_token: expect.stringMatching(/^[\w-]{43}$/),
  })
  expect(await builds.find(reply.json().id)).toMatchObject({
    state: 'pending',
    submitter: 'submit of the test',
  })
})

test('the short path takes the same form, a name and a priority', async (t) => {
  const { ask, builds } = await testServer(t)
  const form = formOf({ platform: 'linux', name: ' nightly ', priority: '7' }, { source: zipOf('x') })
  const reply = await ask('POST /api/builds', { form })
  expect(await builds.find(reply.json().id)).toMatchObject({ name: 'nightly', priority: 7 })
})

test('parts nobody asked for are drained, and a password among them reaches no log', async (t) => {
  const { ask, logged } = await testServer(t)
  const form = formOf(
    { platform: 'ios', appleId: 'someone@example.com', applePassword: 'hunter2-hunter2' },
    { source: zipOf('x'), profile: Buffer.alloc(300_000, 'p') },
  )
  expect((await ask(SUBMIT, { form })).statusCode).toBe(200)
  expect(logged.join()).not.toContain('hunter2')
})

const bad: readonly (readonly [string, ReturnType<typeof formOf>, string, string])[] = [
  ['without a source', formOf({ platform: 'linux' }, {}), 'Source file required', 'source'],
  ['without a platform', formOf({}, { source: zipOf('x') }), 'platform', 'platform'],
  ['for an unknown platform', formOf({ platform: 'amiga' }, { source: zipOf('x') }), 'platform', 'platform'],
  ['that is no archive', formOf({ platform: 'linux' }, { source: Buffer.from('hello') }), 'zip', 'source'],
  ['that is empty', formOf({ platform: 'linux' }, { source: Buffer.alloc(0) }), 'zip', 'source'],
  [
    'of high priority',
    formOf({ platform: 'linux', priority: 'x' }, { source: zipOf('x') }),
    'priority',
    'priority',
  ],
]

test.for(bad)('a submission %s is refused and leaves nothing', async ([_, form, message, field], t) => {
  const farm = await testServer(t)
  const reply = await farm.ask(SUBMIT, { form })
  expect(reply.statusCode).toBe(400)
  expect(reply.json()).toMatchObject({
    code: 'invalid_request',
    field,
    error: expect.stringContaining(message),
  })
  await expectNothingLeft(farm)
})

test('what is not a form, has no boundary or is cut off is refused and leaves nothing', async (t) => {
  const farm = await testServer(t)
  const { payload, headers } = good()
  const forms = [
    { payload: Buffer.from('{}'), headers: { 'content-type': 'application/json' } },
    { payload, headers: { 'content-type': 'multipart/form-data' } },
    { payload: payload.subarray(0, payload.length - 30), headers },
    { payload: payload.subarray(0, 60), headers },
  ]
  for (const form of forms) {
    const reply = await farm.ask(SUBMIT, { form })
    expect(reply.statusCode).toBe(400)
    expect(reply.json().code).toBe('invalid_multipart')
  }
  await expectNothingLeft(farm)
})

test('a source beyond the limit is refused with 413 and leaves nothing', async (t) => {
  const farm = await testServer(t, { uploads: { sourceMaxBytes: 1_000 } })
  const form = formOf({ platform: 'linux' }, { source: zipOf('x'.repeat(200_000)) })
  const reply = await farm.ask(SUBMIT, { form })
  expect(reply.statusCode).toBe(413)
  expect(reply.json()).toMatchObject({ code: 'too_large', field: 'source', way_out: expect.any(String) })
  await expectNothingLeft(farm)
})

test('a full store is refused with 507 and leaves nothing', async (t) => {
  const farm = await testServer(t, { storage: { blobQuotaBytes: 10_000 } })
  const form = formOf({ platform: 'linux' }, { source: zipOf('x'.repeat(50_000)) })
  const reply = await farm.ask(SUBMIT, { form })
  expect(reply.statusCode).toBe(507)
  expect(reply.json()).toMatchObject({ code: 'quota_exceeded', way_out: expect.any(String) })
  await expectNothingLeft(farm)
})

test('a stranger is refused before the body is read', async (t) => {
  const farm = await testServer(t)
  expect((await farm.ask(SUBMIT, { key: '', form: good() })).statusCode).toBe(401)
  expect((await farm.ask(SUBMIT, { key: 'wrong-key-0123456789', form: good() })).statusCode).toBe(403)
  expect((await farm.ask(SUBMIT, { key: farm.keys.read, form: good() })).json().code).toBe('scope_missing')
  await expectNothingLeft(farm)
})

test('a client that vanishes while it sends leaves nothing', async (t) => {
  const farm = await testServer(t)
  const { port } = new URL(await farm.listen())
  const { payload, headers } = good()
  const stored = once(farm.server.server, 'request')
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(head(farm.keys.submit, headers['content-type'], payload.length + 1_000_000))
  socket.write(payload.subarray(0, 150))
  const [request] = await stored
  socket.destroy()
  await closed(request)
  await farm.server.close()
  await expectNothingLeft(farm)
  expect(farm.logged.join()).not.toContain('http.mistake')
})

test('a build whose submitter vanished before the reply is discarded', async (t) => {
  let leave: () => Promise<unknown> = async () => undefined
  let tell = (): void => undefined
  const discarded = new Promise<void>((resolve) => (tell = resolve))
  const farm = await testServer(t, {
    between: (builds) => ({
      ...builds,
      async submit(order) {
        const queued = await builds.submit(order)
        await leave()
        return queued
      },
      async discard(id) {
        const done = await builds.discard(id)
        tell()
        return done
      },
    }),
  })
  const { port } = new URL(await farm.listen())
  const { payload, headers } = good()
  const asked = once(farm.server.server, 'request')
  const socket = connect(Number(port), '127.0.0.1')
  leave = async () => {
    const [, response] = await asked
    socket.destroy()
    await once(response, 'close')
  }
  socket.write(head(farm.keys.submit, headers['content-type'], payload.length))
  socket.write(payload)
  await discarded
  await expectNothingLeft(farm)
})

const head = (key: string, type: string, length: number): string =>
  `POST /api/builds/submit HTTP/1.1\r\nHost: farm\r\nX-API-Key: ${key}\r\n` +
  `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`

/** Resolves also when the stream ended by an error. */
const closed = (stream: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => stream.once('close', resolve))
