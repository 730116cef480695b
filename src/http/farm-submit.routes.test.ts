import { expect, test } from 'vitest'
import { formOf, testServer, zipOf } from '../testing/index.ts'

test('a submitted build is queued and its token returned, whatever the order of the fields', async (t) => {
  const { server, keys, builds } = await testServer(t)
  const form = formOf({ platform: 'ios' }, { source: zipOf('project') }, 'files-first')

  const reply = await server.inject({
    method: 'POST',
    url: '/api/builds/submit',
    headers: { ...form.headers, 'x-api-key': keys.submit },
    payload: form.payload,
  })

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
