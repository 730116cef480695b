import { expect, test } from 'vitest'
import { type TestServer, testServer } from '../../test/support/index.ts'
import type { Scope } from '../contract/index.ts'

const allowed: readonly (readonly [Parameters<TestServer['ask']>[0], readonly Scope[]])[] = [
  ['GET /api/builds', ['admin', 'submit', 'read']],
  ['GET /api/v1/counts', ['admin', 'submit', 'read']],
  ['GET /api/v1/workers', ['admin', 'submit', 'read']],
  ['POST /api/builds/submit', ['admin', 'submit']],
  ['POST /api/builds/b1/cancel', ['admin', 'submit']],
  ['POST /api/workers/register', ['admin', 'worker']],
  ['GET /api/workers/poll', ['admin', 'worker']],
  ['POST /api/builds/b1/logs', ['admin', 'worker']],
  ['POST /api/workers/upload', ['admin', 'worker']],
]

test('a key may do what its scope says and nothing else', async (t) => {
  const { ask, keys } = await testServer(t)
  for (const [line, scopes] of allowed) {
    for (const scope of ['admin', 'submit', 'worker', 'read'] as const) {
      const reply = await ask(line, { key: keys[scope] })
      const refused = reply.statusCode === 403 && reply.json().code === 'scope_missing'
      expect([line, scope, !refused]).toEqual([line, scope, scopes.includes(scope)])
    }
  }
})

test('every route but the public ones refuses strangers, and says how to come in', async (t) => {
  const { ask } = await testServer(t)
  for (const [line] of allowed) {
    const missing = await ask(line, { key: '' })
    expect(missing.statusCode).toBe(401)
    expect(missing.json()).toMatchObject({ code: 'key_missing', error: expect.stringContaining('X-API-Key') })
    for (const key of ['wrong', 'x'.repeat(300), 'x'.repeat(5_000)]) {
      const wrong = await ask(line, { key })
      expect(wrong.statusCode).toBe(403)
      expect(wrong.json()).toMatchObject({ code: 'key_invalid', error: 'Invalid API key' })
    }
  }
  for (const line of ['GET /livez', 'GET /health', 'GET /api/stats', 'GET /api/v1/version'] as const) {
    expect((await ask(line, { key: '' })).statusCode).toBe(200)
  }
})

test('a revoked key is refused, and so are the sessions it opened', async (t) => {
  const { ask, access, keys } = await testServer(t)
  const cookie = await login(ask, keys.read)
  const [reader] = (await access.list()).filter(({ name }) => name === 'read of the test')
  expect(await access.revoke(reader?.id ?? '')).toBe(true)
  expect(await access.revoke(reader?.id ?? '')).toBe(false)
  expect((await ask('GET /api/builds', { key: keys.read })).statusCode).toBe(403)
  expect((await ask('GET /api/builds', { key: '', headers: { cookie } })).statusCode).toBe(401)
})

test('a session reads with its cookie and ends when closed', async (t) => {
  const { ask, keys } = await testServer(t)
  const cookie = await login(ask, keys.admin)
  const session = { key: '', headers: { cookie } }
  expect((await ask('GET /api/v1/session', session)).json()).toEqual({
    name: 'admin of the test',
    scopes: ['admin'],
  })
  expect((await ask('GET /api/builds', session)).statusCode).toBe(200)
  expect((await ask('DELETE /api/v1/session', session)).statusCode).toBe(204)
  expect((await ask('GET /api/builds', session)).statusCode).toBe(401)
})

test('a page elsewhere cannot act through the cookie', async (t) => {
  const { ask, keys, submit } = await testServer(t)
  const cookie = await login(ask, keys.admin)
  const { id } = await submit()
  const cancel = (headers: Record<string, string>) =>
    ask(`POST /api/builds/${id}/cancel`, { key: '', headers: { cookie, host: 'farm:4000', ...headers } })
  expect((await cancel({})).json().code).toBe('foreign_page')
  expect((await cancel({ 'x-quorate': '1', origin: 'http://evil.example' })).json().code).toBe('foreign_page')
  expect((await cancel({ 'x-quorate': '1', origin: 'null' })).json().code).toBe('foreign_page')
  expect((await cancel({ 'x-quorate': '1', origin: 'http://farm:4000' })).statusCode).toBe(200)
})

test('a wrong key opens no session', async (t) => {
  const { ask } = await testServer(t)
  const wrong = await ask('POST /api/v1/session', { key: '', json: { key: 'wrong-key-0123456789' } })
  expect(wrong.statusCode).toBe(403)
  expect(wrong.headers['set-cookie']).toBeUndefined()
  expect((await ask('POST /api/v1/session', { key: '', json: {} })).json()).toMatchObject({
    code: 'invalid_request',
    field: 'key',
  })
})

async function login(ask: TestServer['ask'], key: string): Promise<string> {
  const reply = await ask('POST /api/v1/session', { key: '', json: { key } })
  const cookie = String(reply.headers['set-cookie'])
  expect(cookie).toMatch(/^quorate_session=[\w-]{43}; .*HttpOnly; SameSite=Strict/)
  return cookie.split(';')[0] ?? ''
}
