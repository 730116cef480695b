import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { type BareServer, type BareServerOptions, bareServer } from '../../test/support/index.ts'
import { virtualClock } from '../testing/index.ts'
import { type EventStream, openEventStream } from './event-stream.ts'

/** A server with one stream at `/stream`, and a reader of it. */
async function setup(t: Parameters<typeof bareServer>[0], options: BareServerOptions = {}) {
  let opened: (stream: EventStream) => void = () => undefined
  const stream = new Promise<EventStream>((resolve) => (opened = resolve))
  const farm = await bareServer(t, {
    ...options,
    routes: [
      (server) => {
        server.get('/stream', async (request, reply) => opened(openEventStream(request, reply)))
      },
    ],
  })
  return { farm, stream }
}

/** Reads the stream as text. */
async function read(farm: BareServer, headers: Record<string, string> = {}) {
  const response = await fetch(`${await farm.listen()}/stream`, { headers })
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const until = async (wanted: string): Promise<string> => {
    let text = ''
    while (!text.includes(wanted)) {
      const next = await chunks?.read()
      if (!next || next.done) return `${text}<end>`
      text += next.value
    }
    return text
  }
  return { response, until }
}

test('events go out as they are sent, with name, id and JSON', async (t) => {
  const { farm, stream } = await setup(t)
  const { response, until } = await read(farm)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  const out = await stream
  out.send('line', { text: 'a\nb' }, 7)
  out.send('plain', [])
  expect(await until('[]')).toContain(
    'id: 7\nevent: line\ndata: {"text":"a\\nb"}\n\nevent: plain\ndata: []\n\n',
  )
  out.close()
  expect(await until('never')).toBe('<end>')
  await over(out)
})

test('who asks for the headers only is not kept waiting', async (t) => {
  const { farm } = await setup(t)
  const reply = await fetch(`${await farm.listen()}/stream`, { method: 'HEAD' })
  expect([reply.status, await reply.text()]).toEqual([200, ''])
})

test('a reader that comes back says where it stopped', async (t) => {
  const { farm, stream } = await setup(t)
  await read(farm, { 'last-event-id': '41' })
  expect((await stream).lastEventId).toBe('41')
})

test('a quiet stream is pinged every 15 seconds', async (t) => {
  const clock = virtualClock()
  const { farm, stream } = await setup(t, { clock })
  const { until } = await read(farm)
  await stream
  await clock.advance(15_000)
  expect(await until(': ping')).toContain(': ping\n\n')
  await clock.advance(15_000)
  expect(await until(': ping')).toContain(': ping\n\n')
})

test('a draining server says goodbye and ends the stream', async (t) => {
  const { farm, stream } = await setup(t)
  const { until } = await read(farm)
  await stream
  farm.drain()
  expect(await until('never')).toMatch(/event: bye\ndata: \{\}\n\n<end>$/)
})

test('a reader that leaves ends the stream and its pings', async (t) => {
  const clock = virtualClock()
  const { farm, stream } = await setup(t, { clock })
  const socket = await open(farm)
  const out = await stream
  expect(clock.pending).toBe(1)
  socket.destroy()
  await over(out)
  expect(clock.pending).toBe(0)
  out.send('late', {})
})

test('a reader that does not read is cut off, not piled up for', async (t) => {
  const { farm, stream } = await setup(t)
  const socket = await open(farm)
  socket.pause()
  const out = await stream
  const page = 'x'.repeat(256 * 1024)
  while (!out.signal.aborted) {
    out.send('page', page)
    await new Promise(setImmediate)
  }
  expect(socket.bytesRead).toBeLessThan(page.length)
})

test('a long history waits for its reader instead', async (t) => {
  const { farm, stream } = await setup(t)
  const { until } = await read(farm)
  const out = await stream
  const page = 'x'.repeat(256 * 1024)
  const sending = (async () => {
    for (let sent = 0; sent < 40; sent += 1) {
      out.send('page', page)
      await out.drained()
    }
    out.send('done', {})
  })()
  expect(await until('event: done')).not.toContain('<end>')
  await sending
})

async function open(farm: BareServer): Promise<Socket> {
  const { port } = new URL(await farm.listen())
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /stream HTTP/1.1\r\nHost: farm\r\n\r\n')
  await once(socket, 'readable')
  return socket
}

async function over({ signal }: EventStream): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
