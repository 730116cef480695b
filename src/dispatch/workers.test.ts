import { expect, onTestFinished, test } from 'vitest'
import { attachPrefix, detach } from '../kernel/index.ts'
import { type Pid, Supervisor } from '../otp/index.ts'
import { settle, testRuntime } from '../testing/index.ts'
import { type Batch, type DispatcherOptions, defineDispatcher, RetryLater, type Ticket } from './index.ts'

let tests = 0

/** A batch being worked on, which ends when the test says so. */
interface AtWork {
  readonly ticket: Ticket<number>
  readonly holder: Pid
  finish(): void
  fail(error: unknown): void
}

const setup = async (options: Partial<DispatcherOptions> = {}, concurrency = 2) => {
  const world = testRuntime()
  const name = `workers-${++tests}`
  const atWork: AtWork[] = []
  const definition = defineDispatcher<number>({
    name,
    random: () => 0,
    whenSaturated: 'queue',
    maxRestarts: 100,
    ...options,
    workers: {
      concurrency,
      drainMs: 10_000,
      run: (ticket, { self }) =>
        new Promise<void>((finish, fail) => {
          atWork.push({ ticket, holder: self, finish, fail })
        }),
    },
  })
  const tree = await definition.startLink({ runtime: world.runtime })
  const events: string[] = []
  attachPrefix(name, 'dispatch.', (event) => events.push(event))
  onTestFinished(() => void detach(name))
  const dispatcher = definition.at(world.runtime)
  const kill = async (process: string) => {
    const pid = world.runtime.whereis(`${name}.${process}`)
    if (pid) world.runtime.exit(pid, 'kill')
    await settle()
  }
  const enqueue = async (count: number) => {
    await dispatcher.enqueueMany(
      Array.from({ length: count }, (_, n): Batch<number> => ({ id: `b${n}`, payload: n })),
    )
    await settle()
  }
  const finish = async (index: number) => {
    atWork[index]?.finish()
    await settle()
  }
  const ids = () => atWork.map(({ ticket }) => ticket.id)
  return { ...world, name, tree, atWork, events, dispatcher, kill, enqueue, finish, ids }
}

test('a pool works on so many batches at once and takes the next one when one is done', async () => {
  const { enqueue, finish, ids, dispatcher } = await setup()
  await enqueue(4)
  expect(ids()).toEqual(['b0', 'b1'])
  await finish(1)
  expect(ids()).toEqual(['b0', 'b1', 'b2'])
  await finish(0)
  await finish(2)
  await finish(3)
  expect(await dispatcher.counts()).toEqual({ queued: 0, delayed: 0, taken: 0, dead: 0 })
})

test('work that throws is tried again after a pause, by whoever is free', async () => {
  const { enqueue, atWork, dispatcher, clock } = await setup({ backoff: { initialMs: 500, maxMs: 500 } })
  await enqueue(1)
  atWork[0]?.fail(new Error('refused'))
  await settle()
  expect(await dispatcher.counts()).toMatchObject({ delayed: 1 })
  await clock.advance(500)
  expect(atWork[1]?.ticket).toMatchObject({ id: 'b0', attempt: 2 })
  expect(atWork[1]?.holder).not.toBe(atWork[0]?.holder)
})

test('a pause that is none is refused where it is named', () => {
  for (const inMs of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    expect(() => new RetryLater(inMs)).toThrow(expect.objectContaining({ field: 'inMs' }))
  }
})

test('work that may not be done yet is put off, without using up a try', async () => {
  const { enqueue, atWork, clock } = await setup({ attemptsMax: 1 })
  await enqueue(1)
  atWork[0]?.fail(new RetryLater(3_000))
  await clock.advance(3_000)
  expect(atWork[1]?.ticket).toMatchObject({ id: 'b0', attempt: 1 })
})

test('a killed worker gives its batch back and is replaced', async () => {
  const { enqueue, atWork, runtime, ids, events } = await setup()
  await enqueue(3)
  runtime.exit(atWork[0]?.holder ?? runtime.root, 'kill')
  await settle()
  expect(ids()).toEqual(['b0', 'b1', 'b0'])
  expect(events).toContain('dispatch.batch.requeued')
})

test('work goes on while its coordinator restarts, and is handed in to the next one', async () => {
  const { enqueue, kill, finish, dispatcher, clock, ids, runtime } = await setup()
  await enqueue(2)
  await kill('coordinator.0')
  await finish(0)
  await clock.advance(200)
  await finish(1)
  expect(await dispatcher.counts()).toEqual({ queued: 0, delayed: 0, taken: 0, dead: 0 })
  await dispatcher.enqueue({ id: 'next', payload: 1 })
  await clock.advance(200)
  expect(ids()).toEqual(['b0', 'b1', 'next'])
  expect(runtime.processes().length).toBeGreaterThan(0)
})

test('a result is handed in again until a coordinator hears it', async () => {
  const { enqueue, finish, dispatcher, clock, runtime, name, atWork } = await setup()
  await enqueue(1)
  const coordinator = runtime.whereis(`${name}.coordinator.0`)
  if (coordinator) runtime.exit(coordinator, 'kill')
  atWork[0]?.finish()
  await finish(0)
  await clock.advance(200)
  expect(await dispatcher.counts()).toMatchObject({ queued: 0, taken: 0 })
})

test('when a pool crashes its tasks end with it, and the next one has no more than its number', async () => {
  const { enqueue, kill, ids, runtime, atWork } = await setup()
  await enqueue(4)
  await kill('workers.0')
  expect(atWork.slice(0, 2).map(({ holder }) => runtime.isAlive(holder))).toEqual([false, false])
  expect(ids()).toEqual(['b0', 'b1', 'b0', 'b1'])
})

test('an orderly end finishes what is in hands and begins nothing new', async () => {
  const { enqueue, atWork, finish, ids, tree, runtime } = await setup({}, 3)
  await enqueue(1)
  const stopped = tree.stop('shutdown').then(() => 'stopped')
  await settle()
  expect(runtime.isAlive(atWork[0]?.holder ?? runtime.root)).toBe(true)
  await finish(0)
  expect(await stopped).toBe('stopped')
  expect(ids()).toEqual(['b0'])
})

test('an orderly end waits only so long', async () => {
  const { enqueue, tree, clock } = await setup()
  await enqueue(1)
  const stopped = tree.stop('shutdown').then(() => 'stopped')
  await clock.advance(20_000)
  expect(await stopped).toBe('stopped')
})

test('drained, the workers have done everything', async () => {
  const { enqueue, dispatcher, finish, atWork } = await setup()
  await enqueue(3)
  const drained = dispatcher.drain().then(() => 'drained')
  for (const index of [0, 1, 2]) await finish(index)
  expect(await drained).toBe('drained')
  expect(atWork.length).toBe(3)
})

test('each coordinator has workers of its own', async () => {
  const { dispatcher, atWork, tree } = await setup({ coordinators: 3 }, 1)
  await dispatcher.enqueueMany(Array.from({ length: 30 }, (_, n) => ({ id: `b${n}`, payload: n })))
  await settle()
  expect(new Set(atWork.map(({ ticket }) => ticket.coordinator))).toEqual(new Set([0, 1, 2]))
  expect(atWork.length).toBe(3)
  expect(await Supervisor.countChildren(tree)).toMatchObject({ active: 8 })
})
