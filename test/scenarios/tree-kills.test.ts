import { expect, test, vi } from 'vitest'
import type { ProcessView } from '../../src/contract/index.ts'
import { startServer } from '../support/server.ts'
import { artifactText, PATIENCE, reaches, submitFiles } from '../support/submission.ts'
import { startWorker } from '../support/worker.ts'

test('killing every process of the tree in turn loses no build and builds none twice', async () => {
  const server = await startServer()
  await startWorker(server, { command: 'cp a.txt out.txt', artifact: 'out.txt', heartbeat: '1s' })
  const { root } = await server.client.node.tree()
  const victims = flatten(root)
  expect(victims.length).toBeGreaterThan(10)

  const submitted = new Map<string, string>()
  for (const victim of victims) {
    const text = `while ${victim.id} dies`
    const { id } = await submitFiles(server.client, { 'a.txt': text })
    submitted.set(id, text)
    await kill(server.client, victim.id)
    await healed(server.client, victims)
  }
  for (const [id, text] of submitted) {
    await reaches(server.client, id, 'completed')
    expect(await artifactText(server.client, id)).toBe(text)
  }
  const { total, completed } = await server.client.builds.counts()
  expect({ total, completed }).toEqual({ total: victims.length, completed: victims.length })
})

/** Every process of the tree, leaves first, the root last. */
const flatten = (node: ProcessView): ProcessView[] => [...node.children.flatMap(flatten), node]

async function kill(client: Awaited<ReturnType<typeof startServer>>['client'], id: string): Promise<void> {
  await vi.waitFor(async () => {
    const { root } = await client.node.tree()
    const pid = flatten(root).find((one) => one.id === id)?.pid
    expect(pid).toBeTruthy()
    await client.node.kill(pid ?? '').catch(answerLost)
  }, PATIENCE)
}

/** Killing the endpoint or the root takes the answer with it. */
function answerLost(error: unknown): void {
  if ((error as { code?: string }).code !== 'server_unreachable') throw error
}

async function healed(
  client: Awaited<ReturnType<typeof startServer>>['client'],
  expected: readonly ProcessView[],
): Promise<void> {
  await vi.waitFor(async () => {
    expect((await client.node.ready()).ready).toBe(true)
    const running = flatten((await client.node.tree()).root).filter(({ status }) => status === 'running')
    expect(running.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort())
  }, PATIENCE)
}
