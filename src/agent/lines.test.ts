import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LINE_BYTES_MAX, linesOf } from './lines.ts'

async function split(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = []
  const source = async function* () {
    yield* chunks.map((chunk) => Buffer.from(chunk as string))
  }
  for await (const line of linesOf(source())) lines.push(line)
  return lines
}

test('however the output is cut into chunks, the lines are the same', async () => {
  const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ''))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      expect(await split(...chunks)).toEqual(lines.map((text) => Buffer.from(text).toString()))
    }),
  )
})

test('line ends of Windows vanish, empty lines stay, the last line needs no end', async () => {
  expect(await split('a\r\n\r\nb\n\nlast')).toEqual(['a', '', 'b', '', 'last'])
})

test('of a progress bar the last state stays', async () => {
  expect(await split(' 10%\r 50%', '\r100%\ndone\n')).toEqual(['100%', 'done'])
})

test('a line without end comes in pieces that cut no character', async () => {
  const text = 'ä€😀'.repeat(5_000)
  const pieces = await split(...(text.match(/.{1,1000}/gsu) ?? []))
  expect(pieces.join('')).toBe(text)
  expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(LINE_BYTES_MAX)
})

test('bytes that are no text do no harm', async () => {
  expect(await split(Uint8Array.from([0xff, 0x0a, 0x61]))).toEqual(['\uFFFD', 'a'])
  expect((await split(Buffer.alloc(20_000, 0x80))).length).toBe(3)
})
