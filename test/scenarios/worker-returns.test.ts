import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { quorate, scratch } from '../support/processes.ts'
import { ADMIN_KEY, startServer } from '../support/server.ts'
import { artifactText, reaches, submitFiles } from '../support/submission.ts'

const PATIENCE = { timeout: 60_000, interval: 50 }

function worker(url: string, workDir: string, command: string) {
  const args = [
    '--url',
    url,
    '--work-dir',
    workDir,
    '--exec',
    command,
    '--artifact',
    'out.txt',
    '-p',
    'linux',
  ]
  return quorate(['worker', ...args], { env: { QUORATE_API_KEY: ADMIN_KEY } })
}

test('a worker that starts before its server waits for it', async () => {
  const port = await freePort()
  const early = worker(`http://127.0.0.1:${port}`, join(await scratch(), 'work'), 'cp a.txt out.txt')
  await early.says(/No server answers/)
  const server = await startServer({ args: ['--port', String(port)] })
  await early.says(/registered/)
  const { id } = await submitFiles(server.client, { 'a.txt': 'early' })
  await reaches(server.client, id, 'completed')
  expect(await artifactText(server.client, id)).toBe('early')
})

test('a killed worker that starts again ends its orphan, cleans up, and builds anew under the same id', async () => {
  const folder = await scratch()
  const workDir = join(folder, 'work')
  const server = await startServer()
  const command = `echo $$ >> ${folder}/pids; while [ -d ${folder} ] && [ ! -e ${folder}/gate ]; do sleep 0.05; done; echo made > out.txt`
  const first = worker(server.url, workDir, command)
  const { id } = await submitFiles(server.client, { 'a.txt': 'a' })
  await reaches(server.client, id, 'building')
  const [orphan] = await vi.waitFor(() => pids(folder, 1), PATIENCE)
  first.kill('SIGKILL')
  await first.exited

  const second = worker(server.url, workDir, command)
  await second.says(/interrupted/)
  await vi.waitFor(() => pids(folder, 2), PATIENCE)
  expect(isRunning(orphan)).toBe(false)
  await writeFile(join(folder, 'gate'), '')
  const build = await reaches(server.client, id, 'completed')
  expect(build.attempt).toBe(2)
  expect(await server.client.workers.list()).toMatchObject([{ id: build.worker_id }])
  await vi.waitFor(async () => expect(await readdir(join(workDir, 'runs'))).toEqual([]), PATIENCE)
})

test('a worker that is asked to stop gives its build back at once', async () => {
  const folder = await scratch()
  const server = await startServer()
  const first = worker(server.url, join(folder, 'one'), `touch ${folder}/up; sleep 1000`)
  const { id } = await submitFiles(server.client, { 'a.txt': 'a' })
  await vi.waitFor(() => readFile(join(folder, 'up')), PATIENCE)
  first.kill('SIGTERM')
  expect(await first.exited).toBe(0)
  expect(await server.client.builds.get(id)).toMatchObject({ state: 'pending' })
  worker(server.url, join(folder, 'two'), 'cp a.txt out.txt')
  expect(await reaches(server.client, id, 'completed')).toMatchObject({ attempt: 2 })
})

async function pids(folder: string, count: number): Promise<readonly number[]> {
  const lines = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n')
  expect(lines).toHaveLength(count)
  return lines.map(Number)
}

/** A zombie that nobody reaped yet does not run any more. */
function isRunning(pid: number | undefined): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => probe.once('listening', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
