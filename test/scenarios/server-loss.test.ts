import { readdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { scratch, signalTo } from '../support/processes.ts'
import { ADMIN_KEY, postgresPid, type Server, startServer } from '../support/server.ts'
import { artifactText, PATIENCE, reaches, submitFiles } from '../support/submission.ts'
import { startWorker } from '../support/worker.ts'

test('a server killed in the middle of an upload keeps its queue and no half file', async () => {
  const server = await startServer()
  const { id } = await submitFiles(server.client, { 'kept.txt': 'kept' })
  await startUpload(server)
  await vi.waitFor(
    async () => expect(await blobBytes(server.dataDir, 'tmp')).toBeGreaterThan(100_000),
    PATIENCE,
  )
  server.kill('SIGKILL')
  await server.exited

  const again = await startServer({ dataDir: server.dataDir })
  const { builds } = await again.client.builds.list()
  expect(builds.map((build) => [build.id, build.state])).toEqual([[id, 'pending']])
  expect(await blobBytes(server.dataDir, 'tmp')).toBe(0)
  expect(await blobBytes(server.dataDir, '')).toBe(builds[0]?.source.bytes)
})

test('a server killed in the middle of a build comes back to it, and the worker never notices', async () => {
  const folder = await scratch()
  const server = await startServer()
  const port = new URL(server.url).port
  const command = `echo start >> ${folder}/runs; while [ -d ${folder} ] && [ ! -e ${folder}/gate ]; do sleep 0.05; done; echo done > out.txt`
  await startWorker(server, { command, artifact: 'out.txt' })
  const { id } = await submitFiles(server.client, { 'a.txt': 'a' })
  await reaches(server.client, id, 'building')
  server.kill('SIGKILL')
  await server.exited

  const again = await startServer({ dataDir: server.dataDir, args: ['--port', port] })
  await writeFile(join(folder, 'gate'), '')
  expect(await reaches(again.client, id, 'completed')).toMatchObject({ attempt: 1 })
  expect(await artifactText(again.client, id)).toBe('done\n')
  expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('start\n')
})

test('builds flow on when PostgreSQL is restarted underneath', async () => {
  const server = await startServer()
  await startWorker(server, { command: 'cp a.txt out.txt', artifact: 'out.txt' })
  const before = await submitFiles(server.client, { 'a.txt': 'before' })
  await reaches(server.client, before.id, 'completed')
  const pid = await postgresPid(server.dataDir)
  if (pid === undefined) throw new Error('no embedded PostgreSQL runs')
  signalTo(pid, 'SIGQUIT')
  await vi.waitFor(async () => {
    const now = await postgresPid(server.dataDir)
    expect(now !== undefined && now !== pid).toBe(true)
    expect((await server.client.node.ready()).ready).toBe(true)
  }, PATIENCE)

  const after = await submitFiles(server.client, { 'a.txt': 'after' })
  await reaches(server.client, after.id, 'completed')
  expect(await artifactText(server.client, before.id)).toBe('before')
  expect(await artifactText(server.client, after.id)).toBe('after')
})

/** Sends the first part of a large submission and then nothing more. */
async function startUpload(server: Server): Promise<void> {
  const boundary = 'half-an-upload'
  const upload = request(`${server.url}/api/builds/submit`, {
    method: 'POST',
    headers: { 'x-api-key': ADMIN_KEY, 'content-type': `multipart/form-data; boundary=${boundary}` },
  })
  upload.on('error', () => undefined)
  upload.write(
    `--${boundary}\r\ncontent-disposition: form-data; name="source"; filename="a.zip"\r\ncontent-type: application/zip\r\n\r\n`,
  )
  upload.write(Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(4 * 1024 ** 2, 7)]))
}

/** Bytes of all files below a folder of the blob store. */
async function blobBytes(dataDir: string, folder: string): Promise<number> {
  const root = join(dataDir, 'blobs', folder)
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = found.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await readFile(join(file.parentPath, file.name))).length),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
