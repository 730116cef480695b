import { execFile } from 'node:child_process'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { quorate, scratch } from '../support/processes.ts'
import { ADMIN_KEY, startServer } from '../support/server.ts'
import { startWorker } from '../support/worker.ts'

const EXAMPLE = new URL('../../examples/build-a-package', import.meta.url).pathname
const BUILD = 'npm ci --no-audit --no-fund && npm test && npm pack'

test('a real package is built by a worker, byte for byte as it is built here', async () => {
  const server = await startServer()
  await startWorker(server, { command: BUILD, artifact: '*.tgz' })
  const client = { env: { QUORATE_URL: server.url, QUORATE_API_KEY: ADMIN_KEY } }

  const submit = quorate(['build', 'submit', EXAMPLE, '--platform', 'linux', '--watch'], client)
  expect(await submit.exited, submit.stderr()).toBe(0)
  const { builds } = await server.client.builds.list()
  expect(builds).toMatchObject([{ state: 'completed', attempt: 1 }])

  const folder = await scratch()
  const target = join(folder, 'artifact.tgz')
  const download = quorate(['build', 'download', builds[0]?.id ?? '', '-o', target], client)
  expect(await download.exited, download.stderr()).toBe(0)
  expect(await readFile(target)).toEqual(await builtHere(folder))
})

/** The same command on the same files, without Quorate. */
async function builtHere(folder: string): Promise<Buffer> {
  const project = join(folder, 'project')
  const isSource = (path: string): boolean => !/node_modules|dist|\.tgz$/.test(path.slice(EXAMPLE.length))
  await cp(EXAMPLE, project, { recursive: true, filter: isSource })
  await promisify(execFile)('sh', ['-c', BUILD], { cwd: project })
  const { name, version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
  return readFile(join(project, `${name}-${version}.tgz`))
}
