import { expect, type TestContext, test } from 'vitest'
import { exampleBuild } from '../../test/support/example-build.ts'
import type { BuildView, LiveEvent, TreeReply, WorkerView } from '../contract/index.ts'
import { emit, listHandlers, Problem } from '../kernel/index.ts'
import { ChildRestarted, createRuntime } from '../otp/index.ts'
import { settle, virtualClock } from '../testing/index.ts'
import { LiveHub, type LiveReader } from './live-hub.server.ts'
import type { LiveSource } from './live-source.ts'

const build = (id: string, progress: number | null = null): BuildView =>
  exampleBuild({ id, state: 'building', progress })

const worker = (id: string, lastSeenAt = '2026-01-01T00:00:00.000Z'): WorkerView => ({
  id,
  name: id,
  status: 'idle',
  platforms: [],
  build_id: null,
  last_seen_at: lastSeenAt,
  registered_at: '2026-01-01T00:00:00.000Z',
  builds_completed: 0,
  builds_failed: 0,
})

const counts = { pending: 0, assigned: 0, building: 1, completed: 0, failed: 0, cancelled: 0, total: 1 }
const tree: TreeReply = {
  node: 'n1',
  root: {
    pid: '<0.1.0>',
    id: 'quorate',
    name: null,
    kind: 'supervisor',
    module: 'supervisor',
    status: 'running',
    restarts: 0,
    mailbox: 0,
    handled: 0,
    started_at: null,
    children: [],
  },
}

/** A farm whose rows a test changes by hand; it counts how often builds are loaded. */
function farm() {
  const rows = new Map([['b1', build('b1')]])
  const workers = new Map([['w1', worker('w1')]])
  const listeners = new Set<Parameters<LiveSource['onChange']>>()
  const farmState = { rows, workers, loads: 0, failure: undefined as Error | undefined }
  const answer = async <T>(value: () => T): Promise<T> => {
    if (farmState.failure) throw farmState.failure
    return value()
  }
  const source: LiveSource = {
    build: (id) => {
      farmState.loads += 1
      return answer(() => rows.get(id))
    },
    latestBuilds: () => answer(() => [...rows.values()]),
    counts: () => answer(() => counts),
    workers: () => answer(() => [...workers.values()]),
    tree: () => answer(() => tree),
    onChange(...listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    ...farmState,
    state: farmState,
    source,
    listeners,
    change(kind: 'build' | 'worker' | 'log', id: string) {
      for (const [listener] of listeners) listener({ kind, id })
    },
    gap() {
      for (const [, onGap] of listeners) onGap()
    },
  }
}

function reader() {
  const events: LiveEvent[] = []
  const watcher = {
    closed: false,
    send: (event: LiveEvent) => void events.push(event),
    close() {
      watcher.closed = true
    },
    /** What came since the last look, by type. */
    take: () => events.splice(0),
    types: () => events.splice(0).map(({ type }) => type),
  }
  return watcher satisfies LiveReader
}

async function setup(t: TestContext) {
  const clock = virtualClock()
  const runtime = createRuntime({ clock, logger: () => undefined })
  t.onTestFinished(() => runtime.stop())
  const world = farm()
  const hub = await LiveHub.start(world.source, { runtime })
  return { clock, runtime, hub, ...world }
}

test('a reader gets a snapshot first', async (t) => {
  const { hub } = await setup(t)
  const page = reader()
  expect(await hub.call.join(page)).toBe(true)
  expect(page.take()).toEqual([
    { type: 'counts', counts },
    { type: 'worker', worker: worker('w1') },
    { type: 'tree', tree },
    { type: 'build', build: build('b1') },
  ])
})

test('a hundred changes within the pause are loaded once and sent once, to everybody', async (t) => {
  const { hub, clock, rows, state, change } = await setup(t)
  const pages = [reader(), reader()]
  for (const page of pages) await hub.call.join(page)
  for (const page of pages) page.take()
  for (let percent = 1; percent <= 100; percent += 1) {
    rows.set('b1', build('b1', percent))
    change('build', 'b1')
  }
  await clock.advance(99)
  expect(pages.map((page) => page.take())).toEqual([[], []])
  await clock.advance(1)
  const news = [{ type: 'build', build: build('b1', 100) }]
  expect(pages.map((page) => page.take())).toEqual([news, news])
  expect(state.loads).toBe(1)
})

test('one build is told at most ten times a second, however often it changes', async (t) => {
  const { hub, clock, change } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  page.take()
  for (let tick = 0; tick < 100; tick += 1) {
    change('build', 'b1')
    await clock.advance(10)
  }
  const told = page.take().filter(({ type }) => type === 'build')
  expect(told.length).toBeGreaterThanOrEqual(9)
  expect(told.length).toBeLessThanOrEqual(10)
})

test('counts follow a changed build, and lines of a log are no news here', async (t) => {
  const { hub, clock, change } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  page.take()
  change('log', 'b1')
  await clock.advance(1_000)
  expect(page.types()).toEqual([])
  change('build', 'b1')
  await clock.advance(500)
  expect(page.types()).toEqual(['build', 'counts', 'worker'])
})

test('a restart anywhere sends one tree, 250 ms later', async (t) => {
  const { hub, clock } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  page.take()
  const restart = { supervisor: 'builds', child: 'keeper', reason: 'killed', restarts: 1 } as const
  for (let time = 0; time < 20; time += 1) emit(ChildRestarted, restart)
  await clock.advance(249)
  expect(page.types()).toEqual([])
  await clock.advance(1)
  expect(page.types()).toEqual(['tree'])
})

test('heartbeats are noticed within seconds, and unchanged workers are not repeated', async (t) => {
  const { hub, clock, workers } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  await clock.advance(2_600)
  page.take()
  workers.set('w2', worker('w2'))
  workers.set('w1', worker('w1', '2026-01-01T00:01:00.000Z'))
  await clock.advance(2_000)
  const told = page.take().flatMap((event) => (event.type === 'worker' ? [event.worker.id] : []))
  expect(told).toEqual(['w1', 'w2'])
  await clock.advance(2_000)
  expect(page.types()).not.toContain('worker')
})

test('with nobody watching nothing is loaded', async (t) => {
  const { hub, clock, state, change } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  hub.cast.leave(page)
  await settle()
  state.failure = new Error('must not be asked')
  change('build', 'b1')
  await clock.advance(10_000)
  expect(state.loads).toBe(0)
})

test('news that cannot be loaded are kept and told when the database is back', async (t) => {
  const { hub, clock, state, rows, change } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  page.take()
  state.failure = new Problem('database_unavailable', 'gone')
  rows.set('b1', build('b1', 50))
  change('build', 'b1')
  await clock.advance(900)
  expect(page.take()).toEqual([])
  state.failure = undefined
  await clock.advance(1_100)
  expect(page.take()).toContainEqual({ type: 'build', build: build('b1', 50) })
})

test('what changes while the first reader gets its snapshot is told to it afterwards', async (t) => {
  const { hub, clock, source, rows, change } = await setup(t)
  const page = reader()
  const { latestBuilds } = source
  source.latestBuilds = async (limit) => {
    const before = await latestBuilds(limit)
    rows.set('b1', build('b1', 80))
    change('build', 'b1')
    return before
  }
  await hub.call.join(page)
  expect(page.take()).toContainEqual({ type: 'build', build: build('b1') })
  await clock.advance(100)
  expect(page.take()).toEqual([{ type: 'build', build: build('b1', 80) }])
})

test('a reader who comes while the database is away is sent off to come back', async (t) => {
  const { hub, state } = await setup(t)
  state.failure = new Problem('database_unavailable', 'gone')
  expect(await hub.call.join(reader())).toBe(false)
})

test('after a gap in the announcements everybody gets a snapshot', async (t) => {
  const { hub, gap } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  page.take()
  gap()
  await settle()
  expect(page.types()).toEqual(['counts', 'worker', 'tree', 'build'])
})

test('a killed hub closes its streams and leaves no listener behind', async (t) => {
  const { hub, runtime, listeners } = await setup(t)
  const page = reader()
  await hub.call.join(page)
  const own = () => listHandlers().filter(({ id }) => id.startsWith('dashboard.live'))
  expect([listeners.size, own().length]).toEqual([1, 1])
  runtime.exit(hub.pid, 'kill')
  await settle()
  expect(page.closed).toBe(true)
  expect([listeners.size, own().length]).toEqual([0, 0])
})
