import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'vitest'
import { expect, test } from 'vitest'
import { type TestServerOptions, testServer, zipOf } from '../../test/support/index.ts'
import { systemClock } from '../kernel/index.ts'
import { virtualClock } from '../testing/index.ts'
import { createClient } from './client.ts'
import { ClientError } from './client-error.ts'
import type { FileUpload } from './multipart-body.ts'

const fileOf = (content: Uint8Array, name = 'file.zip'): FileUpload => ({
  name,
  bytes: content.length,
  content: (async function* () {
    yield content
  })(),
})

/** A real server on a real socket and an admin's client of it. */
async function setup(t: TestContext, options?: TestServerOptions) {
  const farm = await testServer(t, options)
  const client = createClient({ url: await farm.listen(), key: farm.keys.admin, clock: systemClock })
  const submit = () => client.builds.submit({ source: fileOf(zipOf('project')), platform: 'linux' })
  return { farm, client, submit }
}

/** A worker that took the next build. */
async function take({ workers }: ReturnType<typeof createClient>) {
  const me = await workers.register({ name: 'agent', capabilities: { platforms: ['linux'] } })
  const { job } = await workers.poll(me.access_token, { waitSeconds: 5 })
  if (!job) throw new Error('no job')
  return job
}

test('a build goes its whole way through the client', async (t) => {
  const { client, submit } = await setup(t)
  const { id } = await submit()
  const job = await take(client)
  expect(job.id).toBe(id)
  const source = await client.workers.openSource(job)
  expect(Buffer.from(await new Response(source.content).arrayBuffer()).equals(zipOf('project'))).toBe(true)
  expect(source.sha256).toBe(job.source_sha256)
  await client.workers.heartbeat(job, 50)
  expect(await client.builds.get(id)).toMatchObject({ state: 'building', progress: 50, worker_name: 'agent' })
  await client.workers.pushLogs(job, [{ level: 'info', message: 'working' }])
  const progress: number[] = []
  const artifact = fileOf(Buffer.from('the artefact'), 'out.tgz')
  await client.workers.upload(job, artifact, { onProgress: (sent) => progress.push(sent) })
  expect(progress).toEqual([12])
  expect(await client.builds.status(id)).toMatchObject({ status: 'completed' })
  const download = await client.builds.download(id)
  expect(download).toMatchObject({ from: 0, bytesTotal: 12, name: 'out.tgz' })
  expect(await new Response(download.content).text()).toBe('the artefact')
  expect(await client.builds.list({ state: 'completed' })).toMatchObject({ builds: [{ id }], next: null })
  expect(await client.builds.counts()).toMatchObject({ completed: 1 })
  expect(await client.workers.list()).toMatchObject([{ name: 'agent', builds_completed: 1 }])
  expect((await client.builds.logs(id, { tail: 1 })).length).toBe(1)
})

test('a build that is given back goes to the next worker', async (t) => {
  const { client, submit } = await setup(t)
  const { id } = await submit()
  await client.workers.abandon(await take(client), 'shuts down')
  expect(await take(client)).toMatchObject({ id, attempt: 2 })
  const messages = (await client.builds.logs(id)).map(({ message }) => message)
  expect(messages.join()).toContain('shuts down')
})

test('a broken download is taken up where it stopped, but never mixed with another file', async (t) => {
  const { client, submit } = await setup(t)
  const { id } = await submit()
  await client.workers.upload(await take(client), fileOf(Buffer.from('0123456789')))
  const { sha256 } = await client.builds.download(id)
  const rest = await client.builds.download(id, { from: 4, sha256 })
  expect(rest).toMatchObject({ from: 4, bytesTotal: 10, sha256 })
  expect(await new Response(rest.content).text()).toBe('456789')
  const other = await client.builds.download(id, { from: 4, sha256: 'f'.repeat(64) })
  expect(other.from).toBe(0)
  expect(await new Response(other.content).text()).toBe('0123456789')
})

test('a log is followed to the end, and its end tells the state', async (t) => {
  const { client, submit } = await setup(t)
  const { id } = await submit()
  const job = await take(client)
  const lines = client.builds.followLogs(id)
  const first = await lines.next()
  expect(first.value).toMatchObject({ message: 'Build submitted' })
  await client.workers.pushLogs(job, [{ level: 'warn', message: 'live' }])
  const seen: unknown[] = []
  let next = await lines.next()
  for (; !next.done; next = await lines.next()) {
    seen.push(next.value.message)
    if (next.value.message === 'live') await client.workers.fail(job, 'boom')
  }
  expect(seen).toContain('live')
  expect(next.value).toBe('failed')
  const { value } = await client.builds.followLogs(id, { after: 1_000 }).next()
  expect(value).toBe('failed')
})

test('a followed log resumes after a broken connection without a gap or a repeat', async (t) => {
  const { farm, client, submit } = await setup(t)
  const { id } = await submit()
  const job = await take(client)
  const claim = { buildId: id, attempt: job.attempt }
  const write = (message: string) => farm.builds.appendLogs(claim, [{ level: 'info', message }])
  const seqs: number[] = []
  for await (const { seq, message } of client.builds.followLogs(id)) {
    seqs.push(seq)
    if (message === 'Build submitted' || message === 'one') {
      farm.server.server.closeAllConnections()
      await write(message === 'one' ? 'two' : 'one')
    }
    if (message === 'two') await farm.builds.fail(claim, 'done')
  }
  const all = (await client.builds.logs(id)).map(({ seq }) => seq)
  expect(seqs).toEqual(all)
})

test('a stream that falls silent is given up and resumed', async (t) => {
  const clock = virtualClock()
  const asked: (string | undefined)[] = []
  const { url, next } = await fakeServer(t, (request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const line = { seq: asked.length, timestamp: '2026-01-01T00:00:00.000Z', level: 'info', message: 'x' }
    response.write(`id: ${asked.length}\nevent: line\ndata: ${JSON.stringify(line)}\n\n`)
  })
  const lines = createClient({ url, clock }).builds.followLogs('b1')
  expect((await lines.next()).value).toMatchObject({ seq: 1 })
  const second = lines.next()
  await clock.advance(45_000)
  const again = next()
  while (clock.pending === 0) await new Promise(setImmediate)
  await clock.advance(250)
  await again
  expect((await second).value).toMatchObject({ seq: 2 })
  expect(asked).toEqual([undefined, '1'])
  await lines.return('failed')
  expect(clock.pending).toBe(0)
})

test('without a clock a broken stream ends instead', async (t) => {
  const { url } = await fakeServer(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
  })
  const first = createClient({ url }).builds.followLogs('b1').next()
  await expect(first).rejects.toMatchObject({ code: 'server_unreachable' })
})

test('following what is not there is refused at once', async (t) => {
  const { client } = await setup(t)
  await expect(client.builds.followLogs('nobody').next()).rejects.toMatchObject({
    status: 404,
    code: 'not_found',
  })
})

test('the caller can stop a wait, a stream and an upload, and meets its own reason', async (t) => {
  const { farm, client, submit } = await setup(t)
  const { id } = await submit()
  const stop = new AbortController()
  const reason = new Error('enough')
  const endless = { name: 'x', bytes: 1e9, content: endlessly() }
  const me = await client.workers.register({ name: 'a', capabilities: { platforms: ['ios'] } })
  const stopped = [
    client.workers.poll(me.access_token, { waitSeconds: 50, signal: stop.signal }),
    last(client.builds.followLogs(id, { signal: stop.signal })),
    client.builds.submit({ source: endless, platform: 'linux', signal: stop.signal }),
  ].map((call) => call.catch((error: unknown) => error))
  await once(farm.server.server, 'request')
  stop.abort(reason)
  expect(await Promise.all(stopped)).toEqual([reason, reason, reason])
})

test('a refusal that comes while an upload still runs is what the caller sees', async (t) => {
  const { farm, client } = await setup(t, { uploads: { sourceMaxBytes: 1_000 } })
  const source = { name: 'big.zip', bytes: 512 * 1024 ** 2, content: endlessly() }
  await expect(client.builds.submit({ source, platform: 'linux' })).rejects.toMatchObject({
    status: 413,
    code: 'too_large',
    field: 'source',
  })
  const stranger = createClient({ url: client.url, key: 'wrong-key-0123456789' })
  const again = { name: 'big.zip', bytes: 512 * 1024 ** 2, content: endlessly() }
  await expect(stranger.builds.submit({ source: again, platform: 'linux' })).rejects.toMatchObject({
    status: 403,
  })
  expect((await farm.database.blobs.usage()).bytes).toBe(0)
})

test('a file that cannot be read is blamed, not the server', async (t) => {
  const { farm, client } = await setup(t)
  const content = (async function* () {
    yield zipOf('half')
    throw new Error('EIO')
  })()
  const source = { name: 'torn.zip', bytes: 100, content }
  await expect(client.builds.submit({ source, platform: 'linux' })).rejects.toMatchObject({
    code: 'file_unreadable',
    message: 'The file torn.zip cannot be read',
  })
  await farm.server.close()
  expect((await farm.builds.counts()).total).toBe(0)
  expect((await farm.database.blobs.usage()).bytes).toBe(0)
})

test('failures say what happened: no server, no answer in time, a stranger, a refusal', async (t) => {
  const nobody = createClient({ url: 'http://127.0.0.1:9/' })
  await expect(nobody.node.version()).rejects.toMatchObject({
    status: 0,
    code: 'server_unreachable',
    message: expect.stringContaining('http://127.0.0.1:9'),
    wayOut: expect.any(String),
  })
  const { url } = await fakeServer(t, (_request, response) => response.end('<html>'))
  await expect(createClient({ url }).node.version()).rejects.toMatchObject({ code: 'unexpected_reply' })
  const proxy = await fakeServer(t, (_request, response) => response.writeHead(502).end('bad gateway'))
  await expect(createClient({ url: proxy.url }).node.version()).rejects.toMatchObject({
    status: 502,
    code: 'http_502',
  })
  const { client } = await setup(t)
  const refused = await client.builds.cancel('nobody').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ClientError)
  expect(refused).toMatchObject({
    status: 404,
    code: 'not_found',
    field: 'id',
    requestId: expect.any(String),
  })
})

test('a node that is not ready still says why', async (t) => {
  const { url } = await fakeServer(t, (_request, response) => {
    const body = { ready: false, draining: true, checks: { database: { ok: false, ms: 3, message: 'down' } } }
    response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  expect(await createClient({ url }).node.ready()).toMatchObject({ ready: false, draining: true })
})

/** A server of the test's own; `next` resolves with its next request. */
async function fakeServer(t: TestContext, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, next: () => once(server, 'request') }
}

async function* endlessly(): AsyncGenerator<Uint8Array> {
  yield zipOf('')
  for (;;) yield Buffer.alloc(64 * 1024)
}

async function last<T, R>(generator: AsyncGenerator<T, R>): Promise<R> {
  for (;;) {
    const next = await generator.next()
    if (next.done) return next.value
  }
}
