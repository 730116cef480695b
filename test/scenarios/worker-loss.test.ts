import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Running, scratch } from '../support/processes.ts'
import { type Server, startServer } from '../support/server.ts'
import { artifactText, PATIENCE, reaches, submitFiles } from '../support/submission.ts'
import { startWorker } from '../support/worker.ts'

/** Two workers that build until the gate opens, and a build under way at the first. */
async function setup() {
  const folder = await scratch()
  const server = await startServer({ env: { QUORATE_BUILDS_SWEEP: '100ms' } })
  const first = await gatedWorker(server, folder, 'first')
  const { id } = await submitFiles(server.client, { 'package.json': '{}' })
  const attempts = () => readFile(join(folder, 'attempts'), 'utf8')
  await vi.waitFor(async () => expect(await attempts()).toBe('first\n'), PATIENCE)
  return {
    server,
    first,
    id,
    second: () => gatedWorker(server, folder, 'second'),
    openGate: () => writeFile(join(folder, 'gate'), ''),
    attempts,
  }
}

function gatedWorker(server: Server, folder: string, name: string): Promise<Running> {
  const command = [
    `echo ${name} >> ${folder}/attempts`,
    `while [ -d ${folder} ] && [ ! -e ${folder}/gate ]; do sleep 0.05; done`,
    `echo built by ${name} in attempt $QUORATE_ATTEMPT > out.txt`,
  ].join('; ')
  return startWorker(server, { command, artifact: 'out.txt', name, heartbeat: '200ms' })
}

test('a build whose worker is killed goes to another worker after the lease', async () => {
  const { server, first, id, second, openGate, attempts } = await setup()
  first.kill('SIGKILL')
  await second()
  await openGate()
  const build = await reaches(server.client, id, 'completed')
  expect(build).toMatchObject({ attempt: 2, worker_name: 'second' })
  expect(await artifactText(server.client, id)).toBe('built by second in attempt 2\n')
  expect(await attempts()).toBe('first\nsecond\n')
})

test('a worker that wakes up after its lease is refused, and the later attempt stands', async () => {
  const { server, first, id, second, openGate } = await setup()
  first.kill('SIGSTOP')
  await second()
  await openGate()
  await reaches(server.client, id, 'completed')
  first.kill('SIGCONT')
  await first.says(/lost|not yours|lease/i)
  expect(await artifactText(server.client, id)).toBe('built by second in attempt 2\n')
  expect(await server.client.builds.get(id)).toMatchObject({
    attempt: 2,
    state: 'completed',
    worker_name: 'second',
  })
})

test('a build is given up with its reason when every attempt loses its worker', async () => {
  const server = await startServer({
    env: { QUORATE_BUILDS_SWEEP: '100ms', QUORATE_BUILDS_ATTEMPTS_MAX: '1' },
  })
  const worker = await gatedWorker(server, await scratch(), 'only')
  const { id } = await submitFiles(server.client, { 'package.json': '{}' })
  await reaches(server.client, id, 'building')
  worker.kill('SIGKILL')
  const build = await reaches(server.client, id, 'failed')
  expect(build.error).toMatch(/silent|lost|heartbeat/i)
})
