import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from '../support/processes.ts'
import { type Server, startServer } from '../support/server.ts'
import { artifactText, reaches, submitFiles } from '../support/submission.ts'
import { startWorker } from '../support/worker.ts'

/** Two nodes with one data folder: one database, one blob store. */
async function twoNodes(): Promise<readonly [Server, Server]> {
  const dataDir = join(await scratch(), 'data')
  return [await startServer({ dataDir }), await startServer({ dataDir })]
}

/** A worker that only polls. */
async function poller({ client }: Server, name: string): Promise<() => Promise<boolean>> {
  const { access_token: token } = await client.workers.register({
    name,
    capabilities: { platforms: ['linux'] },
  })
  return async () => (await client.workers.poll(token)).job !== null
}

test('of ten pollers on two nodes exactly one gets the build', async () => {
  const nodes = await twoNodes()
  const polls = await Promise.all(
    Array.from({ length: 10 }, (_, n) => poller(nodes[(n % 2) as 0 | 1], `worker ${n}`)),
  )
  for (let round = 0; round < 10; round += 1) {
    await submitFiles(nodes[(round % 2) as 0 | 1].client, { 'a.txt': 'a' })
    const hits = await Promise.all(polls.map((poll) => poll()))
    expect(hits.filter(Boolean)).toHaveLength(1)
    polls.splice(hits.indexOf(true), 1)
  }
})

test('a worker that waits at one node gets the build submitted to the other, and both show it', async () => {
  const [one, two] = await twoNodes()
  await startWorker(one, { command: 'cp a.txt out.txt', artifact: 'out.txt' })
  const { id } = await submitFiles(two.client, { 'a.txt': 'across' })
  await reaches(two.client, id, 'completed')
  expect(await artifactText(one.client, id)).toBe('across')
})

test('when the node that started the database is killed the other goes on', async () => {
  const [one, two] = await twoNodes()
  const { id } = await submitFiles(one.client, { 'a.txt': 'stays' })
  one.kill('SIGKILL')
  await one.exited
  await startWorker(two, { command: 'cp a.txt out.txt', artifact: 'out.txt' })
  await reaches(two.client, id, 'completed')
})
