import { expect, test } from 'vitest'
import { testServer } from '../../test/support/index.ts'

test('the list is a bare array, newest first, and without a completedAt until there is one', async (t) => {
  const { ask, submit } = await testServer(t)
  const first = await submit()
  const second = await submit()
  await ask(`POST /api/builds/${first.id}/cancel`)
  expect((await ask('GET /api/builds')).json()).toEqual([
    {
      id: second.id,
      status: 'pending',
      state: 'pending',
      platform: 'linux',
      worker_id: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    },
    expect.objectContaining({
      id: first.id,
      status: 'failed',
      state: 'cancelled',
      completedAt: expect.any(String),
    }),
  ])
})

test('with a query the list is an object, filtered and paged', async (t) => {
  const { ask, submit } = await testServer(t)
  await submit()
  const second = await submit()
  await submit()
  const page = await ask('GET /api/builds?status=pending&limit=1&offset=1')
  expect(page.json()).toEqual({ builds: [expect.objectContaining({ id: second.id })], total: 3 })
  expect((await ask('GET /api/builds?platform=ios')).json().builds).toEqual([])
  const wrong = await ask('GET /api/builds?limit=abc')
  expect([wrong.statusCode, wrong.json().field]).toEqual([400, 'limit'])
})

test('a status has integer milliseconds, and a cancelled build reads as failed', async (t) => {
  const { ask, submit } = await testServer(t)
  const { id, submitted_at } = await submit()
  const pending = (await ask(`GET /api/builds/${id}/status`)).json()
  expect(pending).toEqual({
    id,
    status: 'pending',
    state: 'pending',
    platform: 'linux',
    worker_id: null,
    submitted_at,
    started_at: null,
    completed_at: null,
    error_message: null,
  })
  await ask(`POST /api/builds/${id}/cancel`)
  expect((await ask(`GET /api/builds/${id}/status`)).json()).toMatchObject({
    status: 'failed',
    state: 'cancelled',
    completed_at: expect.any(Number),
    error_message: 'Build cancelled by user',
  })
})

test('cancel takes an empty body that calls itself JSON, and only once', async (t) => {
  const { ask, submit } = await testServer(t)
  const { id } = await submit()
  const empty = { headers: { 'content-type': 'application/json' } }
  const done = await ask(`POST /api/builds/${id}/cancel`, empty)
  expect([done.statusCode, done.json()]).toEqual([200, { success: true, status: 'cancelled' }])
  const again = await ask(`POST /api/builds/${id}/cancel`, empty)
  expect([again.statusCode, again.json().error]).toEqual([400, 'Build already finished'])
  expect((await ask('POST /api/builds/nobody/cancel', empty)).statusCode).toBe(404)
})

test('unknown ids are 404, malformed ones and paths in disguise are 400', async (t) => {
  const { ask } = await testServer(t)
  for (const route of ['status', 'logs', 'download', 'logs/stream']) {
    const base = route === 'logs/stream' ? '/api/v1/builds' : '/api/builds'
    const unknown = await ask(`GET ${base}/nobody/${route}` as 'GET /')
    expect([unknown.statusCode, unknown.json().error]).toEqual([404, 'Build not found'])
    for (const id of ['..%2f..%2fetc%2fpasswd', 'a%00b', 'x'.repeat(65), '%e4', 'a b']) {
      const malformed = await ask(`GET ${base}/${id.replace(' ', '%20')}/${route}` as 'GET /')
      expect([id, malformed.statusCode]).toEqual([id, 400])
      expect(malformed.json()).toMatchObject({ code: expect.any(String), error: expect.any(String) })
    }
  }
})

test('a build token reads its own build and no other, also beside a stale key', async (t) => {
  const { ask, submit } = await testServer(t)
  const mine = await submit()
  const other = await submit()
  const token = { key: '', headers: { 'x-build-token': mine.access_token } }
  for (const route of ['status', 'logs']) {
    expect((await ask(`GET /api/builds/${mine.id}/${route}`, token)).statusCode).toBe(200)
    expect((await ask(`GET /api/builds/${other.id}/${route}`, token)).json()).toMatchObject({
      code: 'token_invalid',
    })
  }
  expect((await ask('GET /api/builds', token)).statusCode).toBe(401)
  expect((await ask(`POST /api/builds/${mine.id}/cancel`, token)).statusCode).toBe(401)
  const staleToken = { headers: { 'x-build-token': 'stale' } }
  expect((await ask(`GET /api/builds/${mine.id}/status`, staleToken)).statusCode).toBe(200)
})

test('a log begins with "Build submitted" and can be cut to what is new', async (t) => {
  const { ask, submit } = await testServer(t)
  const { id } = await submit()
  const log = (await ask(`GET /api/builds/${id}/logs`)).json()
  expect(log).toEqual({
    build_id: id,
    logs: [
      { seq: expect.any(Number), timestamp: expect.any(String), level: 'info', message: 'Build submitted' },
    ],
  })
  const after = log.logs[0].seq
  expect((await ask(`GET /api/builds/${id}/logs?after=${after}`)).json().logs).toEqual([])
  for (const query of ['limit=abc', 'limit=0', 'after=-1', 'tail=1.5']) {
    expect((await ask(`GET /api/builds/${id}/logs?${query}`)).statusCode).toBe(400)
  }
})

test('a retry is a new build of the same source', async (t) => {
  const { ask, submit } = await testServer(t)
  const { id, access_token } = await submit()
  await ask(`POST /api/builds/${id}/cancel`)
  const again = await ask(`POST /api/builds/${id}/retry`, {
    key: '',
    headers: { 'x-build-token': access_token },
  })
  expect(again.json()).toMatchObject({
    status: 'pending',
    original_build_id: id,
    access_token: expect.any(String),
  })
  expect(again.json().id).not.toBe(id)
})

test('figures for the public are true and readable from any page', async (t) => {
  const { ask, submit } = await testServer(t)
  await submit()
  for (const line of ['GET /api/stats', 'GET /public/stats'] as const) {
    const reply = await ask(line, { key: '' })
    expect(reply.headers['access-control-allow-origin']).toBe('*')
    expect(reply.json()).toEqual({
      nodesOnline: 0,
      buildsQueued: 1,
      activeBuilds: 0,
      buildsToday: 0,
      totalBuilds: 1,
      totalBuildTimeMs: 0,
      totalCpuCycles: 0,
    })
  }
})

test('our own list pages with a cursor', async (t) => {
  const { ask, submit } = await testServer(t)
  const ids = [(await submit()).id, (await submit()).id, (await submit()).id]
  const first = (await ask('GET /api/v1/builds?limit=2')).json()
  const second = (await ask(`GET /api/v1/builds?limit=2&before=${first.next}` as 'GET /')).json()
  expect([...first.builds, ...second.builds].map(({ id }: { id: string }) => id)).toEqual(ids.reverse())
  expect(second.next).toBeNull()
  expect((await ask('GET /api/v1/counts')).json()).toMatchObject({ pending: 3, total: 3 })
})
