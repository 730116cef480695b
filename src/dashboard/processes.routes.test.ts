import { expect, type TestContext, test } from 'vitest'
import { TreeReply } from '../contract/index.ts'
import { createRuntime, Supervisor, supervisionTree } from '../otp/index.ts'
import { settle, testServer } from '../testing/index.ts'
import { LiveHub } from './live-hub.server.ts'
import { killProcess, processView } from './process-view.ts'
import { processesRoutes } from './processes.routes.ts'

const idle = {
  build: async () => undefined,
  latestBuilds: async () => [],
  counts: async () => ({
    pending: 0,
    assigned: 0,
    building: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    total: 0,
  }),
  workers: async () => [],
  tree: () => Promise.reject(new Error('not asked for')),
  onChange: () => () => undefined,
}

async function setup(t: TestContext) {
  const runtime = createRuntime({ logger: () => undefined })
  t.onTestFinished(() => runtime.stop())
  const children = [LiveHub.child(idle, { id: 'live-hub' })]
  await Supervisor.startLink({ name: 'top', strategy: 'one_for_one', children }, { runtime })
  const desk = {
    tree: async () => ({ node: 'n1', root: processView(await supervisionTree(runtime, 'top')) }),
    kill: (pid: string) => killProcess(runtime, pid),
  }
  const { ask, keys } = await testServer(t, { routes: [processesRoutes(desk)] })
  const hub = async () => {
    const { root } = TreeReply.parse((await ask('GET /api/v1/tree')).json())
    return root.children[0]
  }
  return { ask, keys, hub }
}

const kill = (pid: string | undefined) =>
  `POST /api/v1/processes/${encodeURIComponent(pid ?? '')}/kill` as const

test('a killed process is back under a new pid, and its restart is counted', async (t) => {
  const { ask, hub } = await setup(t)
  const before = await hub()
  expect(before).toMatchObject({ id: 'live-hub', kind: 'worker', status: 'running', restarts: 0 })
  expect((await ask(kill(before?.pid))).json()).toEqual({ success: true })
  await settle()
  const after = await hub()
  expect(after).toMatchObject({ id: 'live-hub', status: 'running', restarts: 1 })
  expect(after?.pid).not.toBe(before?.pid)
})

test('only an admin may kill', async (t) => {
  const { ask, keys, hub } = await setup(t)
  const pid = (await hub())?.pid
  for (const key of [keys.read, keys.submit, keys.worker])
    expect((await ask(kill(pid), { key })).json()).toMatchObject({ code: 'scope_missing' })
  expect((await ask(kill(pid), { key: '' })).statusCode).toBe(401)
  expect((await hub())?.pid).toBe(pid)
})

test('a pid that is not running is not found', async (t) => {
  const { ask } = await setup(t)
  for (const pid of ['<0.999999.0>', 'nonsense', '../x']) {
    const reply = await ask(kill(pid))
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'not_found'])
  }
})
