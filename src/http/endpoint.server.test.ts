import { once } from 'node:events'
import { createServer as createSocket } from 'node:net'
import type { TestContext } from 'vitest'
import { expect, test } from 'vitest'
import { createRuntime, Supervisor } from '../otp/index.ts'
import type { Access } from './access.ts'
import { Endpoint, type EndpointOptions, endpoint } from './endpoint.server.ts'
import { openEventStream } from './event-stream.ts'
import { waitSignal } from './server-context.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A supervised endpoint without a database: its routes here need no key. */
async function setup(t: TestContext, changes: Partial<EndpointOptions> = {}) {
  const runtime = createRuntime({ logger: () => undefined })
  t.onTestFinished(() => runtime.stop())
  const options: EndpointOptions = {
    host: '127.0.0.1',
    port: 0,
    access: {} as Access,
    routes: [],
    readiness: async () => ({ ready: true, draining: false, checks: {} }),
    health: async () => ({ status: 'ok' }),
    log: silent,
    version: '1.2.3',
    ...changes,
  }
  const start = () =>
    Supervisor.startLink({ strategy: 'one_for_one', children: [endpoint(options)] }, { runtime })
  const url = () => Endpoint.at('http.endpoint', runtime).call.url()
  return { runtime, start, url }
}

test('it answers where it says it listens', async (t) => {
  const urls: string[] = []
  const { start, url } = await setup(t, { onListening: (at) => urls.push(at) })
  await start()
  expect(urls).toEqual([await url()])
  const reply = await fetch(`${await url()}/api/v1/version`)
  expect(await reply.json()).toEqual({ name: 'quorate', version: '1.2.3', node: process.version })
})

test('a port in use and a foreign address fail the start with their cause and way out', async (t) => {
  const squatter = createSocket().listen(0, '127.0.0.1')
  t.onTestFinished(() => void squatter.close())
  await once(squatter, 'listening')
  const { port } = squatter.address() as { port: number }
  const taken = await setup(t, { port })
  expect(JSON.stringify(await reasonOf(taken.start()))).toContain('port_in_use')
  const elsewhere = await setup(t, { host: '192.0.2.1' })
  expect(JSON.stringify(await reasonOf(elsewhere.start()))).toContain('host_unavailable')
})

test('killed, it listens on the same port again and cuts nobody for longer than that', async (t) => {
  const { runtime, start, url } = await setup(t)
  await start()
  const before = await url()
  const first = runtime.whereis('http.endpoint')
  if (!first) throw new Error('not started')
  for (let kill = 0; kill < 3; kill += 1) {
    const pid = runtime.whereis('http.endpoint')
    if (pid) runtime.exit(pid, 'kill')
    expect(await answered(`${before}/livez`)).toEqual({ ok: true })
  }
  expect(await url()).toBe(before)
  expect(runtime.whereis('http.endpoint')?.id).not.toBe(first.id)
})

test('an orderly stop turns readiness off, ends waits and streams, and lets replies finish', async (t) => {
  let finish: () => void = () => undefined
  let working: () => void = () => undefined
  const atWork = new Promise<void>((resolve) => (working = resolve))
  const { runtime, start, url } = await setup(t, {
    routes: [
      (server) => {
        server.get('/stream', async (request, reply) => void openEventStream(request, reply))
        server.get('/wait', async (request, reply) => {
          const signal = waitSignal(request, reply)
          if (!signal.aborted) await once(signal, 'abort')
          return { waited: true }
        })
        server.get('/work', async () => {
          working()
          await new Promise<void>((resolve) => (finish = resolve))
          return { done: true }
        })
      },
    ],
  })
  await start()
  const base = await url()
  expect((await fetch(`${base}/readyz`)).status).toBe(200)
  const stream = await fetch(`${base}/stream`)
  const wait = fetch(`${base}/wait`)
  const work = fetch(`${base}/work`)
  await atWork
  const stopped = runtime.stop()
  expect(await stream.text()).toContain('event: bye')
  expect(await (await wait).json()).toEqual({ waited: true })
  finish()
  expect(await (await work).json()).toEqual({ done: true })
  await stopped
  await expect(fetch(`${base}/livez`)).rejects.toThrow('fetch failed')
})

test('a request that never ends does not hold up the stop for longer than the drain', async (t) => {
  const { runtime, start, url } = await setup(t, {
    drainMs: 50,
    routes: [(server) => void server.get('/stuck', () => new Promise(() => undefined))],
  })
  await start()
  const stuck = fetch(`${await url()}/stuck`)
  stuck.catch(() => undefined)
  await fetch(`${await url()}/livez`)
  await runtime.stop()
  await expect(stuck).rejects.toThrow('fetch failed')
})

async function reasonOf(started: Promise<unknown>): Promise<unknown> {
  const failure = await started.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeDefined()
  return [String(failure), (failure as { reason?: unknown }).reason]
}

/** Asks again while the connection is refused or cut. */
async function answered(url: string): Promise<unknown> {
  for (;;) {
    const reply = await fetch(url).catch(() => undefined)
    if (reply) return await reply.json()
  }
}
