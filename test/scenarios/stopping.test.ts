import { join } from 'node:path'
import { expect, test } from 'vitest'
import { quorate, scratch } from '../support/processes.ts'
import { postgresPid, startServer } from '../support/server.ts'
import { submitFiles } from '../support/submission.ts'

test('a signal stops the node and its database, and all data is there again', async () => {
  const server = await startServer()
  const { id } = await submitFiles(server.client, { 'a.txt': 'a' })
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(await postgresPid(server.dataDir)).toBe(undefined)

  const again = await startServer({ dataDir: server.dataDir })
  expect((await again.client.builds.list()).builds.map((build) => build.id)).toEqual([id])
})

test('a signal in the middle of a start leaves no database behind', async () => {
  const dataDir = join(await scratch(), 'data')
  const starting = quorate(['start', '--port', '0', '--data-dir', dataDir])
  await starting.says(/storage\.server\.joined/)
  starting.kill('SIGINT')
  expect(await starting.exited).toBe(0)
  expect(await postgresPid(dataDir)).toBe(undefined)
})
