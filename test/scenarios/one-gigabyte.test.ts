import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { formatSize } from '../../src/kernel/index.ts'
import { type Server, startServer } from '../support/server.ts'

const MB = 1024 ** 2
const GIGABYTE = 1024 * MB
const GROWTH_MAX = 64 * MB

/** Bytes of main memory a process occupies now, as the kernel counts them. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** Looks at the server's memory again and again while data flows, and remembers the peak. */
async function watchMemory({ pid }: Server) {
  const before = await residentBytes(pid)
  let peak = before
  const look = async (): Promise<void> => {
    peak = Math.max(peak, await residentBytes(pid))
  }
  return { look, before, growth: () => peak - before }
}

type Memory = Awaited<ReturnType<typeof watchMemory>>

/** A file that begins as a zip does and whose every megabyte is different. */
function generated(bytes: number, name: string, memory?: Memory) {
  const hash = createHash('sha256')
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; left -= MB) {
      const chunk = Buffer.alloc(Math.min(MB, left), `PK\u0003\u0004${left} bytes to go, `)
      hash.update(chunk)
      await memory?.look()
      yield chunk
    }
  }
  return { file: { name, bytes, content: content() }, sha256: () => hash.digest('hex') }
}

/** Reads a download to its end; resolves with its hash. */
async function hashOf(content: ReadableStream<Uint8Array>, memory?: Memory): Promise<string> {
  const hash = createHash('sha256')
  let unseen = 0
  for await (const chunk of content) {
    hash.update(chunk)
    unseen += chunk.length
    if (unseen < MB) continue
    unseen = 0
    await memory?.look()
  }
  return hash.digest('hex')
}

/** Sends a file through the server and back: as a source to a worker, as its artefact to the submitter. */
async function roundTrip({ client }: Server, bytes: number, memory?: Memory): Promise<void> {
  const { builds, workers } = client
  const source = generated(bytes, 'source.zip', memory)
  const { id } = await builds.submit({ platform: 'linux', source: source.file })
  const sourceHash = source.sha256()
  const me = await workers.register({ name: 'mover', capabilities: { platforms: ['linux'] } })
  const { job } = await workers.poll(me.access_token)
  if (!job) throw new Error('no job')
  expect(job).toMatchObject({ id, source_sha256: sourceHash })
  expect(await hashOf((await workers.openSource(job)).content, memory)).toBe(sourceHash)
  const artifact = generated(bytes, 'artifact.bin', memory)
  await workers.upload(job, artifact.file)
  const download = await builds.download(id)
  const artifactHash = artifact.sha256()
  expect(download).toMatchObject({ bytesTotal: bytes, sha256: artifactHash })
  expect(await hashOf(download.content, memory)).toBe(artifactHash)
}

test.runIf(process.platform === 'linux')(
  'a gigabyte goes up and down twice while the server grows by less than 64 MB',
  async () => {
    const server = await startServer()
    await roundTrip(server, 4 * MB)
    const memory = await watchMemory(server)
    await roundTrip(server, GIGABYTE, memory)
    console.log(`server memory: ${formatSize(memory.before)}, grew by at most ${formatSize(memory.growth())}`)
    expect(memory.growth()).toBeLessThan(GROWTH_MAX)
  },
)
