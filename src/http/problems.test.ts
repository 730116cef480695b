import { expect, test } from 'vitest'
import { bareServer, testServer } from '../../test/support/index.ts'
import { Problem } from '../kernel/index.ts'
import { CallError } from '../otp/index.ts'

test('a mistake of ours shows nothing of itself but the request id that finds it in the log', async (t) => {
  const { ask, logged } = await bareServer(t, {
    routes: [
      (server) => {
        server.get('/throw', () => {
          throw new TypeError('the secret inside')
        })
        server.get('/unlisted', () => {
          throw new Problem('never_heard_of', 'a detail for operators')
        })
      },
    ],
  })
  for (const line of ['GET /throw', 'GET /unlisted'] as const) {
    const reply = await ask(line)
    expect(reply.statusCode).toBe(500)
    expect(reply.json()).toEqual({
      error: 'The server made a mistake',
      code: 'internal',
      way_out: expect.any(String),
      request_id: reply.headers['x-request-id'],
    })
    const mistake = logged.find(
      (text) => text.includes('http.mistake') && text.includes(reply.json().request_id),
    )
    expect(mistake).toMatch(/the secret inside|a detail for operators/)
  }
})

test('a process that is being restarted is 503 and worth another try', async (t) => {
  const { ask } = await bareServer(t, {
    routes: [
      (server) => {
        server.get('/restarting', () => {
          throw new CallError('noproc', 'noproc', 'builds.assignment', 'poll')
        })
      },
    ],
  })
  const reply = await ask('GET /restarting')
  expect([reply.statusCode, reply.json().code, reply.headers['retry-after']]).toEqual([
    503,
    'restarting',
    '1',
  ])
})

test('a store that is away is 503 and worth another try', async (t) => {
  const { ask } = await bareServer(t, {
    routes: [
      (server) => {
        server.get('/away', () => {
          throw new Problem('database_unavailable', 'No connection')
        })
      },
    ],
  })
  const reply = await ask('GET /away')
  expect([reply.statusCode, reply.headers['retry-after']]).toEqual([503, '1'])
})

test('bodies that cannot be read are refused by name', async (t) => {
  const { server, ask, keys } = await testServer(t)
  const post = (type: string, payload: string | Buffer) =>
    server.inject({
      method: 'POST',
      url: '/api/workers/register',
      headers: { 'x-api-key': keys.admin, 'content-type': type },
      payload,
    })
  const seen = [
    await post('application/json', '{"name":'),
    await post('application/json', '{"__proto__":{"x":1}}'),
    await post('application/json', `{"name":"${'x'.repeat(2_000_000)}"}`),
    await post('text/plain', 'name=x'),
    await post('application/json', Buffer.from([0xff, 0xfe])),
  ].map((reply) => [reply.statusCode, reply.json().code])
  expect(seen).toEqual([
    [400, 'invalid_json'],
    [400, 'invalid_json'],
    [413, 'too_large'],
    [415, 'unsupported_media_type'],
    [400, 'invalid_json'],
  ])
  const nowhere = await ask('GET /nowhere?secret=1')
  expect([nowhere.statusCode, nowhere.json()]).toEqual([
    404,
    { error: 'There is no GET /nowhere', code: 'not_found', request_id: expect.any(String) },
  ])
  expect((await ask('GET /api/builds/%zz/status')).statusCode).toBe(400)
})

test('no credential that a request carries reaches the log', async (t) => {
  const { ask, logged, keys } = await testServer(t)
  const secrets = {
    'x-api-key': keys.admin,
    'x-worker-token': 'worker-token-secret',
    'x-attempt-token': 'attempt-token-secret',
    'x-build-token': 'build-token-secret',
    cookie: 'quorate_session=session-secret',
    authorization: 'Bearer bearer-secret',
  }
  await ask('GET /api/builds?key=query-secret', { headers: secrets })
  await ask('POST /api/workers/fail', { headers: secrets, json: { token: 'body-secret' } })
  await ask('POST /api/v1/session', { key: '', json: { key: keys.admin } })
  expect(logged.filter((line) => line.includes('http.request'))).toHaveLength(3)
  expect(logged.join('\n')).not.toMatch(/-secret/)
  expect(logged.join('\n')).not.toContain(keys.admin)
})
