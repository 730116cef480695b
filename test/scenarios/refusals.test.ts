import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { quorate, scratch } from '../support/processes.ts'
import { ADMIN_KEY, startServer } from '../support/server.ts'

/** Runs a command to its end. */
async function outcome(args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  const run = quorate(args, cwd === undefined ? { env } : { env, cwd })
  const code = await run.exited
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

const start = async (...args: readonly string[]) =>
  outcome(['start', '--data-dir', join(await scratch(), 'data'), ...args])

/** One line that begins with our name: no stack trace, no second paragraph. */
const oneLine = (...parts: readonly string[]) =>
  expect.stringMatching(new RegExp(`^quorate: [^\\n]*${parts.join('[^\\n]*')}[^\\n]*\\n$`))

test('a port in use is named, with the way out', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((done) => other.once('listening', done))
  const port = String((other.address() as AddressInfo).port)
  expect(await start('--port', port)).toMatchObject({ code: 1, stderr: oneLine(port, 'in use', '--port') })
})

test('a data folder that cannot be written is named', async () => {
  const file = join(await scratch(), 'file')
  await writeFile(file, '')
  const refused = await outcome(['start', '--data-dir', join(file, 'data')])
  expect(refused).toMatchObject({ code: 1, stderr: oneLine('file/data', '--data-dir') })
})

test('a database that does not answer is named without its password', async () => {
  const refused = await outcome(['start', '--data-dir', await scratch()], {
    DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:9/quorate',
  })
  expect(refused).toMatchObject({ code: 1, stderr: oneLine('127.0.0.1:9') })
  expect(refused.stderr + refused.stdout).not.toContain('hunter2')
})

test.each([
  [['--port', 'eighty'], 'http.port'],
  [['--port', '70000'], 'http.port'],
])('the invalid setting %j is named', async (args, field) => {
  expect(await start(...args)).toMatchObject({ code: 2, stderr: oneLine(field) })
})

test('an invalid environment value names its variable', async () => {
  const refused = await outcome(['config', 'show'], { QUORATE_BUILDS_SILENCE: 'soon' }, await scratch())
  expect(refused).toMatchObject({ code: 2, stderr: oneLine('builds.silence', 'QUORATE_BUILDS_SILENCE') })
})

test.each([
  [['nonsense'], 2, 'nonsense'],
  [['build', 'submit', '--platform', 'linux'], 2, 'dir'],
  [['build', 'status', '../../etc'], 2, 'id'],
  [['start', '--frobnicate'], 2, '--frobnicate'],
])('%j is refused as a matter of usage', async (args, code, word) => {
  const refused = await outcome(args, { QUORATE_URL: 'http://127.0.0.1:9', QUORATE_API_KEY: ADMIN_KEY })
  expect(refused.code).toBe(code)
  expect(refused.stderr).toContain(word)
  expect(refused.stderr).not.toMatch(/\n\s+at /)
})

test('a server that is not there is named by its address', async () => {
  const refused = await outcome(['build', 'list'], {
    QUORATE_URL: 'http://127.0.0.1:9',
    QUORATE_API_KEY: ADMIN_KEY,
  })
  expect(refused).toMatchObject({ code: 1, stderr: oneLine('127.0.0.1:9') })
})

test('a node refuses what strangers send, and nothing of it remains', async () => {
  const server = await startServer({ env: { QUORATE_BUILDS_SOURCE_MAX: '1MB' } })
  const env = { QUORATE_URL: server.url, QUORATE_API_KEY: ADMIN_KEY }
  const project = join(await scratch(), 'project')
  await mkdir(project)
  for (let part = 0; part < 40; part += 1)
    await writeFile(join(project, `${part}.bin`), crypto.getRandomValues(new Uint8Array(65_536)))

  const submit = ['build', 'submit', project, '--platform', 'linux']
  expect(await outcome(submit, env)).toMatchObject({ code: 1, stderr: oneLine('1.0 MB') })
  expect(await outcome([...submit.slice(0, -1), 'amiga'], env)).toMatchObject({ code: 2 })
  const wrongKey = await outcome(['build', 'list'], { ...env, QUORATE_API_KEY: 'wrong-key-0123456789' })
  expect(wrongKey).toMatchObject({ code: 1, stderr: oneLine('Invalid API key') })
  const noKey = await outcome(['build', 'list'], { QUORATE_URL: server.url })
  expect(noKey.stderr).toMatch(/X-API-Key|--key|QUORATE_API_KEY/)
  const missing = await outcome(['build', 'status', 'doesNotExist'], env)
  expect(missing.code).toBe(3)

  expect(await server.client.builds.list()).toMatchObject({ builds: [] })
  expect(await readdir(join(server.dataDir, 'blobs', 'tmp')).catch(() => [])).not.toContain('part')
})
