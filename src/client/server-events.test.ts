import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents, type ServerEvent } from './server-events.ts'

async function eventsOf(text: string): Promise<readonly ServerEvent[]> {
  const events: ServerEvent[] = []
  for await (const event of readEvents(new Blob([text]).stream())) events.push(event)
  return events
}

test('events have a type, a last id and their data lines joined', async () => {
  const text = ': hello\nretry: 5\n\nid: 1\nevent: line\ndata: a\ndata:  b\n\ndata: c\n\nid\ndata\n\n'
  expect(await eventsOf(text)).toEqual([
    { type: 'line', data: 'a\n b', id: '1' },
    { type: 'message', data: 'c', id: '1' },
    { type: 'message', data: '', id: '' },
  ])
})

test('an event that the stream cuts off is dropped', async () => {
  expect(await eventsOf('data: whole\n\ndata: half\n')).toEqual([{ type: 'message', data: 'whole', id: '' }])
})

test('however the bytes are cut and whatever ends the lines, the events are the same', async () => {
  const name = fc.stringMatching(/^[a-zß€😀 ]{1,8}$/u).map((text) => text.trim() || 'x')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ type: name, data: name, id: name }), { maxLength: 5 }),
      fc.constantFrom('\n', '\r', '\r\n'),
      fc.array(fc.nat(300), { maxLength: 6 }),
      async (events, end, cuts) => {
        const lines = events.flatMap(({ type, data, id }) => [
          `id: ${id}`,
          `event: ${type}`,
          `data: ${data}`,
          '',
        ])
        // One more line, since a CR at the very end might be half of a CRLF.
        const bytes = Buffer.from([...lines, ': end', ''].join(end))
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
        const read = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const chunk of chunks) if (chunk.length > 0) controller.enqueue(chunk)
            controller.close()
          },
        })
        const seen: ServerEvent[] = []
        for await (const event of readEvents(read)) seen.push(event)
        expect(seen).toEqual(events)
      },
    ),
  )
})
