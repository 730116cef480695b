import { expect, type TestContext, test } from 'vitest'
import { testServer } from '../../test/support/index.ts'
import { createClient } from '../client/index.ts'
import { ProcessDetail, ProcessesReply, type TraceEvent, TreeReply } from '../contract/index.ts'
import { listHandlers, Secret, systemClock } from '../kernel/index.ts'
import { createRuntime, defineServer, noreply, reply, Supervisor, sys } from '../otp/index.ts'
import { settle } from '../testing/index.ts'
import { processRow } from './process-list.ts'
import { processesRoutes } from './processes.routes.ts'

/** A server to look into; `gate` holds its handler back. */
const Shelf = defineServer({
  name: 'test.shelf',
  init: (label: string) => ({ label, key: new Secret('s3cret'), books: [] as readonly string[] }),
  calls: {
    count: (state) => reply(state.books.length, state),
    wait: async (state, gate: Promise<void>) => {
      await gate
      return reply('waited', state)
    },
  },
  casts: { add: (state, book: string) => noreply({ ...state, books: [...state.books, book] }) },
  formatStatus: ({ label, key, books }) => ({ label, key, books: books.length }),
})

async function setup(t: TestContext) {
  const runtime = createRuntime({ logger: () => undefined })
  t.onTestFinished(() => runtime.stop())
  const children = [
    Shelf.child('poems', { id: 'poems', name: 'shelf.poems' }),
    Shelf.child('plays', { id: 'plays' }),
  ]
  await Supervisor.startLink({ name: 'top', strategy: 'one_for_one', children }, { runtime })
  const node = { id: 'n1', runtime, root: 'top' }
  const { ask, keys, listen, logged } = await testServer(t, { routes: [processesRoutes(node)] })
  const list = async (query = '') =>
    ProcessesReply.parse((await ask(`GET /api/v1/processes${query}`)).json()).processes
  const poems = Shelf.at('shelf.poems', runtime)
  const pid = () => runtime.whereis('shelf.poems')?.id ?? ''
  return { runtime, ask, keys, listen, list, logged, poems, pid }
}

const at = (pid: string, what = '') => `/api/v1/processes/${encodeURIComponent(pid)}${what}` as const

test('processes are listed by what is asked for, filtered and cut', async (t) => {
  const { ask, list, poems, runtime } = await setup(t)
  for (let book = 0; book < 5; book += 1) poems.cast.add('x')
  await settle()
  expect((await list('?sort=handled'))[0]).toMatchObject({
    name: 'shelf.poems',
    module: 'test.shelf',
    status: 'waiting',
    handled: 5,
    mailbox: 0,
    links: 1,
    memory_bytes: null,
    ancestors: [runtime.whereis('top')?.id, runtime.root.id],
  })
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const waited = poems.call.wait(gate)
  for (let book = 0; book < 3; book += 1) poems.cast.add('y')
  await settle()
  expect((await list())[0]).toMatchObject({ name: 'shelf.poems', status: 'running', mailbox: 3 })
  const reply = ProcessesReply.parse((await ask('GET /api/v1/processes?filter=TEST.sh&limit=1')).json())
  expect(reply).toMatchObject({ node: 'n1', total: 3, matching: 2, waiting: 3 })
  expect(reply.processes).toHaveLength(1)
  open()
  await waited
  const started = (await list('?sort=started')).map(({ started_at }) => started_at)
  expect(started).toEqual(started.toSorted().toReversed())
})

test('the memory of a process is known when it has a thread of its own', async (t) => {
  const { runtime } = await setup(t)
  const info = runtime.processInfo(runtime.root)
  if (!info) throw new Error('the root is gone')
  const memory = { heapUsedBytes: 3_000, heapTotalBytes: 9_000, externalBytes: 500 }
  expect([processRow(info).memory_bytes, processRow({ ...info, memory }).memory_bytes]).toEqual([null, 3_500])
})

test('one process tells what it knows, with or without the brackets of its pid', async (t) => {
  const { ask, runtime, pid } = await setup(t)
  const watcher = runtime.spawn(async function watch(ctx) {
    ctx.monitor('shelf.poems')
    await ctx.receive()
  })
  await settle()
  const detail = ProcessDetail.parse((await ask(`GET ${at(pid())}`)).json())
  const top = { pid: runtime.whereis('top')?.id, name: 'top', module: 'supervisor' }
  const shownWatcher = { pid: watcher.id, name: null, module: 'watch' }
  expect(detail).toMatchObject({ links: [top], monitors: [], monitored_by: [shownWatcher] })
  expect(detail.ancestors[0]).toEqual(top)
  expect((await ask(`GET ${at(watcher.id.slice(1, -1))}`)).json()).toMatchObject({
    pid: watcher.id,
    monitors: [{ pid: pid(), name: 'shelf.poems', module: 'test.shelf' }],
  })
})

test('what an open page asks every second does not fill the log', async (t) => {
  const { ask, list, logged, pid } = await setup(t)
  await list()
  await ask(`GET ${at(pid())}`)
  await ask(`GET ${at(pid(), '/state')}`)
  const told = logged.flatMap((line) => {
    const { level, path } = JSON.parse(line) as { level: string; path?: string }
    return path?.startsWith('/api/v1/processes') ? [[level, path.endsWith('/state')]] : []
  })
  expect(told).toEqual([
    ['debug', false],
    ['debug', false],
    ['info', true],
  ])
})

test('the state is what the server formats, without secrets', async (t) => {
  const { ask, poems, pid } = await setup(t)
  poems.cast.add('x')
  const reply = await ask(`GET ${at(pid(), '/state')}`)
  expect(reply.json()).toEqual({ pid: pid(), state: { label: 'poems', key: '[secret]', books: 1 } })
})

test('a supervisor shows its state, too; a function has none, and is not disturbed by the question', async (t) => {
  const { ask, runtime } = await setup(t)
  expect((await ask(`GET ${at(runtime.whereis('top')?.id ?? '', '/state')}`)).statusCode).toBe(200)
  const got: unknown[] = []
  const body = runtime.spawn(async (ctx) => got.push(await ctx.receive()))
  for (const what of ['/state', '/trace'])
    expect((await ask(`GET ${at(body.id, what)}`)).json()).toMatchObject({ code: 'no_state' })
  await settle()
  expect(got).toEqual([])
})

test('a server that is at work is said to be busy', async (t) => {
  const { ask, poems, pid } = await setup(t)
  let open = (): void => undefined
  const waited = poems.call.wait(
    new Promise<void>((resolve) => {
      open = resolve
    }),
  )
  const reply = await ask(`GET ${at(pid(), '/state')}`)
  expect([reply.statusCode, reply.json().code]).toEqual([503, 'process_busy'])
  open()
  expect(await waited).toBe('waited')
})

test('a trace tells messages and replies as they come, then the end; and leaves nothing behind', async (t) => {
  const { listen, keys, poems, runtime, pid } = await setup(t)
  const client = createClient({ url: await listen(), key: keys.admin, clock: systemClock })
  const traced = runtime.whereis('shelf.poems')
  const leaving = new AbortController()
  const [first, second] = [client.node.trace(pid()), client.node.trace(pid(), leaving.signal)]
  const next = async (from: typeof first) => (await from.next()).value as TraceEvent
  for (const one of [first, second]) expect(await next(one)).toEqual({ type: 'begin', pid: pid() })
  poems.cast.add('emma')
  for (const one of [first, second])
    expect(await next(one)).toMatchObject({ type: 'in', message: { cast: 'add', argument: 'emma' } })

  // The other reader goes on when one of them leaves.
  const gone = next(second)
  leaving.abort(new Error('enough'))
  await expect(gone).rejects.toThrow('enough')
  expect(await poems.call.count()).toBe(1)
  expect(await next(first)).toMatchObject({ type: 'in', message: { call: 'count' } })
  expect(await next(first)).toMatchObject({ type: 'out', value: 1, to: null })

  if (traced) runtime.exit(traced, 'kill')
  expect(await next(first)).toMatchObject({ type: 'end', reason: 'killed' })
  expect((await first.next()).done).toBe(true)
  await expect
    .poll(() => listHandlers('otp.').filter(({ id }) => id.startsWith('dashboard.trace')))
    .toEqual([])
})

test('when the last reader has left, the process is not traced any more', async (t) => {
  const { listen, keys, runtime, pid } = await setup(t)
  const client = createClient({ url: await listen(), key: keys.admin, clock: systemClock })
  const trace = client.node.trace(pid())
  await trace.next()
  expect(await sys.getStatus('shelf.poems', { runtime })).toMatchObject({ traced: true })
  await trace.return(undefined)
  await expect.poll(() => sys.getStatus('shelf.poems', { runtime })).toMatchObject({ traced: false })
})

test('of a flood of messages a part is told, and how many were not', async (t) => {
  const { listen, keys, poems, pid } = await setup(t)
  const client = createClient({ url: await listen(), key: keys.admin, clock: systemClock })
  const trace = client.node.trace(pid())
  await trace.next()
  for (let book = 0; book < 1_000; book += 1) poems.cast.add('x')
  const seen = { in: 0, skipped: 0 }
  while (seen.in + seen.skipped < 1_000) {
    const { value } = await trace.next()
    if (value?.type === 'in') seen.in += 1
    if (value?.type === 'skipped') seen.skipped += value.steps
  }
  expect(seen.skipped).toBeGreaterThan(0)
  await trace.return(undefined)
})

test('a killed process is back under a new pid, and its restart is counted', async (t) => {
  const { ask, pid } = await setup(t)
  const before = pid()
  expect((await ask(`POST ${at(before, '/kill')}`)).json()).toEqual({ success: true })
  await settle()
  const { root } = TreeReply.parse((await ask('GET /api/v1/tree')).json())
  expect(root.children[0]).toMatchObject({ id: 'poems', status: 'running', restarts: 1 })
  expect(root.children[0]?.pid).not.toBe(before)
})

test('the root is shown, and cannot be killed', async (t) => {
  const { ask, runtime } = await setup(t)
  expect((await ask(`GET ${at(runtime.root.id)}`)).json()).toMatchObject({ module: 'root', ancestors: [] })
  expect((await ask(`POST ${at(runtime.root.id, '/kill')}`)).json()).toMatchObject({ code: 'root_process' })
})

test('readers may look, and only an admin sees state and trace or kills', async (t) => {
  const { ask, keys, pid } = await setup(t)
  const before = pid()
  const forAdmins = [
    `GET ${at(before, '/state')}`,
    `GET ${at(before, '/trace')}`,
    `POST ${at(before, '/kill')}`,
  ] as const
  for (const line of forAdmins) {
    for (const key of [keys.read, keys.submit, keys.worker])
      expect((await ask(line, { key })).json()).toMatchObject({ code: 'scope_missing' })
    expect((await ask(line, { key: '' })).statusCode).toBe(401)
  }
  for (const line of ['GET /api/v1/processes', `GET ${at(before)}`] as const) {
    expect((await ask(line, { key: keys.read })).statusCode).toBe(200)
    expect((await ask(line, { key: keys.worker })).json()).toMatchObject({ code: 'scope_missing' })
  }
  expect(pid()).toBe(before)
})

test('a pid that is not running is not found, and a query that says nothing sensible is refused', async (t) => {
  const { ask } = await setup(t)
  for (const pid of ['<0.999999.0>', 'nonsense', '../x']) {
    const lines = [`GET ${at(pid)}`, `GET ${at(pid, '/state')}`, `POST ${at(pid, '/kill')}`] as const
    for (const line of lines) {
      const reply = await ask(line)
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'not_found'])
    }
  }
  for (const query of ['sort=colour', 'limit=0', 'limit=1001', 'limit=x'])
    expect((await ask(`GET /api/v1/processes?${query}`)).json()).toMatchObject({ code: 'invalid_request' })
})
