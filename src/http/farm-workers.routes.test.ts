import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { formOf, type TestServer, testServer, zipOf } from '../../test/support/index.ts'
import { PollReply } from '../contract/index.ts'

const JOB = {
  platform: 'linux',
  certs_url: null,
  baseImageId: null,
  attempt: 1,
  attempt_token: expect.any(String),
  otp: expect.any(String),
}

/** Registers a worker that takes the next build. */
async function take({ ask, register }: TestServer, id = 'w1') {
  const worker = await register(id)
  const { job } = PollReply.parse((await ask('GET /api/workers/poll', { key: '', headers: worker })).json())
  if (!job) throw new Error('no job')
  return { worker, job, attempt: { 'x-attempt-token': job.attempt_token } }
}

test('a worker registers, takes a build, reads its source, reports and hands in', async (t) => {
  const farm = await testServer(t)
  const { ask } = farm
  const source = zipOf('the project')
  const { id } = await farm.submit(source)
  const { job, attempt } = await take(farm)
  expect(job).toMatchObject({ ...JOB, id, source_url: `/api/builds/${id}/source` })
  const as = { key: '', headers: attempt }

  const sent = await ask(`GET /api/builds/${id}/source`, as)
  expect(sent.headers['content-type']).toBe('application/zip')
  expect(sent.rawPayload.equals(source)).toBe(true)

  const beat = await ask(`POST /api/builds/${id}/heartbeat`, { ...as, json: { progress: 45 } })
  expect(beat.json()).toEqual({ status: 'ok', timestamp: expect.any(Number) })
  expect(await farm.builds.find(id)).toMatchObject({ state: 'building', progress: 45 })

  const logs = [
    { level: 'info', message: 'one' },
    { level: 'loud', message: 'no' },
    { level: 'error', message: 'two' },
  ]
  expect((await ask(`POST /api/builds/${id}/logs`, { ...as, json: { logs } })).json()).toEqual({
    success: true,
    count: 2,
  })

  const form = formOf({ success: 'true' }, { result: Buffer.from('artefact') }, 'files-first')
  expect((await ask('POST /api/workers/upload', { ...as, form })).json()).toEqual({
    success: true,
    status: 'success',
    message: expect.any(String),
  })
  const download = await ask(`GET /api/builds/${id}/download`)
  expect(download.rawPayload.toString()).toBe('artefact')
  expect(download.headers['content-disposition']).toBe('attachment; filename="result.bin"')
})

test('registration wants a name and an ability, proves known ids, and keeps the id', async (t) => {
  const { ask, register, keys } = await testServer(t)
  const path = 'POST /api/workers/register'
  const capabilities = { platforms: ['linux'] }
  for (const json of [{ capabilities }, { name: 'x' }, {}, { name: 'x', capabilities: { platforms: 5 } }]) {
    expect((await ask(path, { json })).statusCode).toBe(400)
  }
  expect((await ask(path, { json: { id: '../../x', name: 'x', capabilities } })).statusCode).toBe(400)
  const token = await register('w1')
  const takeover = await ask(path, { key: '', json: { id: 'w1', name: 'evil', capabilities } })
  expect(takeover.statusCode).toBe(401)
  const again = { id: 'w1', name: 'w1', capabilities }
  expect((await ask(path, { key: '', headers: { 'x-worker-token': 'wrong' }, json: again })).statusCode).toBe(
    409,
  )
  const own = await ask(path, { key: '', headers: token, json: again })
  expect(own.json()).toMatchObject({ id: 'w1', status: 're-registered', baseImageId: null })
  expect((await ask(path, { key: keys.worker, json: { name: 'n', platform: 'ios' } })).json()).toMatchObject({
    status: 'registered',
  })
})

test('a poll says by its status whether to register again, to forget the id, or to name one', async (t) => {
  const { ask, register } = await testServer(t)
  const poll = 'GET /api/workers/poll'
  const wrong = await ask(poll, { key: '', headers: { 'x-worker-token': 'wrong' } })
  expect([wrong.statusCode, wrong.json().code]).toEqual([401, 'worker_token_invalid'])
  expect((await ask(`${poll}?worker_id=nobody`)).statusCode).toBe(404)
  expect((await ask(poll)).statusCode).toBe(400)
  await register('w1')
  const byKey = await ask(`${poll}?worker_id=w1`)
  expect(byKey.json()).toEqual({ job: null, access_token: expect.any(String) })
  expect((await ask(poll, { headers: { 'x-worker-id': 'w1' } })).statusCode).toBe(200)
})

test('a waiting poll is answered by the next submission', async (t) => {
  const { ask, register, submit } = await testServer(t)
  const headers = await register('w1')
  const waiting = ask('GET /api/workers/poll?wait=30', { key: '', headers })
  const { id } = await submit()
  expect((await waiting).json().job).toMatchObject({ id })
})

test('a waiting poll is answered at once when the server drains', async (t) => {
  const { ask, register, drain } = await testServer(t)
  const headers = await register('w1')
  const waiting = ask('GET /api/workers/poll?wait=55', { key: '', headers })
  drain()
  expect((await waiting).json()).toEqual({ job: null, access_token: expect.any(String) })
})

test('a worker that vanished while it waited is given nothing', async (t) => {
  const farm = await testServer(t)
  const gone = await farm.register('gone')
  const { port } = new URL(await farm.listen())
  const asked = once(farm.server.server, 'request')
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    `GET /api/workers/poll?wait=55 HTTP/1.1\r\nHost: farm\r\nX-Worker-Token: ${gone['x-worker-token']}\r\n\r\n`,
  )
  const [, response] = await asked
  await farm.ask('GET /livez')
  socket.destroy()
  await once(response, 'close')
  const { id } = await farm.submit()
  expect((await take(farm)).job).toMatchObject({ id, attempt: 1 })
})

test('another worker is refused everywhere, a stranger without id is told to name one', async (t) => {
  const farm = await testServer(t)
  const { id } = await farm.submit()
  await take(farm)
  const other = await farm.register('w2')
  const mallory = { key: '', headers: other }
  expect((await farm.ask(`GET /api/builds/${id}/source`, mallory)).statusCode).toBe(403)
  expect((await farm.ask(`POST /api/builds/${id}/heartbeat`, mallory)).statusCode).toBe(403)
  expect((await farm.ask(`POST /api/builds/${id}/logs`, { ...mallory, json: { logs: [] } })).statusCode).toBe(
    403,
  )
  const form = formOf({ build_id: id, success: 'true' }, { result: Buffer.from('x') })
  expect((await farm.ask('POST /api/workers/upload', { ...mallory, form })).statusCode).toBe(403)
  expect((await farm.ask('POST /api/workers/fail', { ...mallory, json: { build_id: id } })).statusCode).toBe(
    403,
  )

  expect((await farm.ask(`GET /api/builds/${id}/source`)).statusCode).toBe(401)
  expect((await farm.ask(`POST /api/builds/${id}/heartbeat`)).json()).toMatchObject({ field: 'worker_id' })
  const vouched = { headers: { 'x-worker-id': 'w1' } }
  expect((await farm.ask(`GET /api/builds/${id}/source`, vouched)).statusCode).toBe(200)
  expect((await farm.ask(`POST /api/builds/${id}/heartbeat?worker_id=w1`)).statusCode).toBe(200)
})

test('a worker hears of a cancellation by its next beat', async (t) => {
  const farm = await testServer(t)
  const { id } = await farm.submit()
  const { attempt } = await take(farm)
  await farm.ask(`POST /api/builds/${id}/cancel`)
  const beat = await farm.ask(`POST /api/builds/${id}/heartbeat`, { key: '', headers: attempt })
  expect([beat.statusCode, beat.json().code]).toEqual([409, 'cancelled'])
})

test('an attempt token speaks for its own build only', async (t) => {
  const farm = await testServer(t)
  await farm.submit()
  const other = await farm.submit()
  const { attempt } = await take(farm)
  const reply = await farm.ask(`POST /api/builds/${other.id}/heartbeat`, { key: '', headers: attempt })
  expect([reply.statusCode, reply.json().code]).toEqual([403, 'token_invalid'])
  const forged = { key: '', headers: { 'x-attempt-token': `${other.id}.1.${'x'.repeat(43)}` } }
  expect((await farm.ask(`POST /api/builds/${other.id}/heartbeat`, forged)).statusCode).toBe(403)
})

test('success without a file is refused, until the build has ended', async (t) => {
  const farm = await testServer(t)
  const { id } = await farm.submit()
  const { worker } = await take(farm)
  const report = (fields: Record<string, string>, files = {}) =>
    farm.ask('POST /api/workers/upload', {
      key: '',
      headers: worker,
      form: formOf({ build_id: id, ...fields }, files),
    })
  expect((await report({ success: 'true' })).json()).toMatchObject({ error: 'Result file required' })
  expect((await report({ success: 'maybe' })).statusCode).toBe(400)
  expect((await report({ success: 'true' }, { result: Buffer.from('x') })).statusCode).toBe(200)
  expect((await report({ success: 'true' })).json()).toMatchObject({ success: true })
  expect((await report({ success: 'false', error_message: 'late' })).statusCode).toBe(200)
  expect(await farm.builds.find(id)).toMatchObject({ state: 'completed', error: null })
})

test('a failure is reported under either name, or by the upload form', async (t) => {
  const farm = await testServer(t)
  for (const [field, path] of [
    ['error', 'fail'],
    ['error_message', 'fail'],
    ['error_message', 'result'],
  ] as const) {
    const { id } = await farm.submit()
    const { attempt } = await take(farm)
    const body = { build_id: id, success: 'false', [field]: `broken by ${field}` }
    const sent = path === 'fail' ? { json: body } : { form: formOf(body, {}) }
    const reply = await farm.ask(`POST /api/workers/${path}`, { key: '', headers: attempt, ...sent })
    expect(reply.json()).toMatchObject({ success: true, status: 'failed' })
    expect(await farm.builds.find(id)).toMatchObject({ state: 'failed', error: `broken by ${field}` })
  }
})

test('an artefact beyond the limit is refused with 413 and leaves nothing', async (t) => {
  const farm = await testServer(t, { uploads: { artifactMaxBytes: 1_000 } })
  const { id } = await farm.submit()
  const { attempt } = await take(farm)
  const before = await farm.database.blobs.usage()
  const form = formOf({ build_id: id }, { result: Buffer.alloc(200_000) })
  const reply = await farm.ask('POST /api/workers/upload', { key: '', headers: attempt, form })
  expect([reply.statusCode, reply.json().field]).toEqual([413, 'result'])
  expect((await farm.database.blobs.usage()).bytes).toBe(before.bytes)
})

test('a worker that gives its build back lets another have it', async (t) => {
  const farm = await testServer(t)
  const { id } = await farm.submit()
  const { attempt } = await take(farm)
  const json = { build_id: id, reason: 'shut down' }
  expect((await farm.ask('POST /api/workers/abandon', { key: '', headers: attempt, json })).statusCode).toBe(
    200,
  )
  expect((await take(farm, 'w2')).job).toMatchObject({ id, attempt: 2 })
})

test('log lines with raw control characters are kept, other nonsense is refused', async (t) => {
  const farm = await testServer(t)
  const { id } = await farm.submit()
  const { attempt } = await take(farm)
  const push = (payload: string) =>
    farm.server.inject({
      method: 'POST',
      url: `/api/builds/${id}/logs`,
      headers: { ...attempt, 'content-type': 'application/json' },
      payload,
    })
  expect((await push('{"level":"info","message":"red \u001b[31m\ttab"}')).json()).toEqual({ success: true })
  expect((await farm.builds.logs(id, { tail: 1 }))[0]).toMatchObject({ message: 'red \u001b[31m\ttab' })
  expect((await push('{"level":"loud","message":"x"}')).json().error).toBe(
    'Invalid log level. Must be: info, warn, or error',
  )
  expect((await push('{"lines":[]}')).json().error).toMatch(/^Invalid body\. Expected/)
  expect((await push('{"level":')).statusCode).toBe(400)
})
