import fc from 'fast-check'
import { expect, test } from 'vitest'
import { settle, startProbe, testRuntime } from '../../testing/index.ts'
import { exit, type StreamOptions, type StreamOutcome, Task, TaskSupervisor } from '../index.ts'

const setup = async (options: { readonly trap?: boolean } = {}) => {
  const world = testRuntime()
  const owner = await startProbe(world.runtime, options)
  const sup = await TaskSupervisor.startLink({}, { runtime: world.runtime })
  return { ...world, owner, sup }
}

const never = (): Promise<never> => new Promise(() => {})

/** Work whose items end when the test says so. */
const bench = () => {
  const running: number[] = []
  const finish = new Map<number, () => void>()
  const work = (item: number): Promise<number> => {
    running.push(item)
    return new Promise((resolve) => finish.set(item, () => resolve(item * 10)))
  }
  const end = async (item: number): Promise<void> => {
    finish.get(item)?.()
    await settle()
  }
  return { running, work, end }
}

/** Reads a stream to its end, noting what comes and how it ends. */
const read = <I, R>(stream: AsyncGenerator<StreamOutcome<I, R>>) => {
  const seen: unknown[] = []
  const done = (async () => {
    try {
      for await (const outcome of stream) seen.push(outcome.ok ? outcome.value : { exit: outcome.exit })
      return 'done'
    } catch (error) {
      return error
    }
  })()
  return { seen, done }
}

const naturals = () => {
  const log: (number | 'closed')[] = []
  function* source(): Generator<number> {
    try {
      for (let n = 1; ; n++) {
        log.push(n)
        yield n
      }
    } finally {
      log.push('closed')
    }
  }
  return { log, source: source() }
}

test('items are worked off by a bounded number of tasks, their results in order', async () => {
  const { owner } = await setup()
  const { running, work, end } = bench()
  const { seen, done } = read(Task.asyncStream(owner.ctx, [1, 2, 3, 4], work, { maxConcurrency: 2 }))
  await settle()
  expect(running).toEqual([1, 2])
  await end(2)
  // The slow head keeps its result back, not the next item: only running tasks count.
  expect([running, seen]).toEqual([[1, 2, 3], []])
  await end(3)
  expect(running).toEqual([1, 2, 3, 4])
  await end(1)
  expect(seen).toEqual([10, 20, 30])
  await end(4)
  expect([seen, await done]).toEqual([[10, 20, 30, 40], 'done'])
  expect(owner.messages).toEqual([])
})

test('without order, results come as they are ready', async () => {
  const { owner } = await setup()
  const { work, end } = bench()
  const { seen } = read(Task.asyncStream(owner.ctx, [1, 2, 3], work, { maxConcurrency: 2, ordered: false }))
  await settle()
  await end(2)
  await end(3)
  await end(1)
  expect(seen).toEqual([20, 30, 10])
})

test('an item is asked for only when its turn has come', async () => {
  const { owner } = await setup()
  const { log, source } = naturals()
  const stream = Task.asyncStream(owner.ctx, source, (n) => n, { maxConcurrency: 2 })
  await settle()
  expect(log).toEqual([])
  await stream.next()
  expect(log).toEqual([1, 2])
  await stream.return()
  expect(log).toEqual([1, 2, 'closed'])
})

test('breaking off kills what runs, closes the source and leaves no message', async () => {
  const { owner, runtime } = await setup({ trap: true })
  const { source, log } = naturals()
  const tasks: string[] = []
  const work = (n: number, { self }: { self: { id: string } }): number | Promise<number> => {
    tasks.push(self.id)
    return n === 1 ? n : never()
  }
  for await (const outcome of Task.asyncStream(owner.ctx, source, work, { maxConcurrency: 3 })) {
    expect(outcome).toEqual({ ok: true, value: 1 })
    break
  }
  await settle()
  expect(tasks.length).toBeGreaterThan(1)
  expect(runtime.processes().filter(({ id }) => tasks.includes(id))).toEqual([])
  expect([log.at(-1), owner.messages]).toEqual(['closed', []])
})

test('an asynchronous source that lets one wait does not keep results back', async () => {
  const { owner } = await setup()
  async function* slow(): AsyncGenerator<number> {
    yield 1
    await never()
  }
  const { seen } = read(Task.asyncStream(owner.ctx, slow(), (n) => n, { maxConcurrency: 4 }))
  await settle()
  expect(seen).toEqual([1])
})

test('a source that fails is the failure of the stream', async () => {
  const { owner } = await setup()
  function* broken(): Generator<number> {
    yield 1
    throw new Error('no more')
  }
  const { done } = read(Task.asyncStream(owner.ctx, broken(), never))
  expect(await done).toMatchObject({ message: 'no more' })
})

test('a crash takes a plain owner down; for one that traps exits it is an outcome and no message', async () => {
  const crash = (n: number): number => (n === 2 ? exit('boom') : n)
  const trapping = await setup({ trap: true })
  const { seen } = read(Task.asyncStream(trapping.owner.ctx, [1, 2, 3], crash))
  await settle()
  expect([seen, trapping.owner.messages]).toEqual([[1, { exit: 'boom' }, 3], []])

  const plain = await setup()
  const { done } = read(Task.asyncStream(plain.owner.ctx, [1, 2, 3], crash, { maxConcurrency: 1 }))
  await settle()
  expect(plain.runtime.isAlive(plain.owner.pid)).toBe(false)
  expect(await done).toMatchObject({ name: 'ProcessExited' })
})

test('an item that takes too long fails the whole stream, or only itself', async () => {
  const { owner, clock } = await setup()
  const work = (n: number): number | Promise<number> => (n === 2 ? never() : n)
  const all = read(Task.asyncStream(owner.ctx, [1, 2, 3], work, { timeoutMs: 100 }))
  const one = read(Task.asyncStream(owner.ctx, [1, 2, 3], work, { timeoutMs: 100, onTimeout: 'kill_task' }))
  await clock.advance(100)
  expect(await all.done).toMatchObject({ kind: 'timeout' })
  expect([one.seen, await one.done]).toEqual([[1, { exit: 'timeout' }, 3], 'done'])
  expect([owner.messages, clock.pending]).toEqual([[], 0])
})

test('the time limit is 5 seconds for each item, from its own start', async () => {
  const { owner, clock } = await setup()
  const { running, work, end } = bench()
  const { seen, done } = read(Task.asyncStream(owner.ctx, [1, 2], work, { maxConcurrency: 1 }))
  await clock.advance(4_000)
  await end(1)
  await clock.advance(4_000)
  await end(2)
  expect([seen, running, await done]).toEqual([[10, 20], [1, 2], 'done'])
})

test('the item can be shown beside the reason of its failure', async () => {
  const { owner } = await setup({ trap: true })
  const stream = Task.asyncStream(owner.ctx, ['a'], () => exit('boom'), { zipInputOnExit: true })
  expect((await stream.next()).value).toEqual({ ok: false, exit: 'boom', input: 'a' })
})

test('less than one task at a time, and limits that are none, are refused', async () => {
  const { owner } = await setup()
  const start = (options: StreamOptions) => () => Task.asyncStream(owner.ctx, [1], never, options)
  expect(start({ maxConcurrency: 0 })).toThrow('maxConcurrency cannot be 0')
  expect(start({ timeoutMs: -1 })).toThrow('timeoutMs cannot be -1')
})

test('under a supervisor a crash is only an outcome, unless tasks are linked', async () => {
  const { owner, sup, runtime } = await setup()
  const pids: number[] = []
  const crash = async (n: number): Promise<number> => {
    pids.push((await TaskSupervisor.children(sup)).length)
    return n === 2 ? exit('boom') : n
  }
  const { seen, done } = read(TaskSupervisor.asyncStreamNolink(owner.ctx, sup, [1, 2, 3], crash))
  expect(await done).toBe('done')
  expect(seen).toEqual([1, { exit: 'boom' }, 3])
  expect(Math.min(...pids)).toBeGreaterThan(0)
  read(TaskSupervisor.asyncStream(owner.ctx, sup, [2], () => exit('boom')))
  await settle()
  expect(runtime.isAlive(owner.pid)).toBe(false)
})

test('tasks under a supervisor end with the owner of their stream', async () => {
  const { owner, sup, runtime } = await setup()
  const { done } = read(TaskSupervisor.asyncStreamNolink(owner.ctx, sup, [1, 2], never))
  await settle()
  expect(await TaskSupervisor.children(sup)).toHaveLength(2)
  runtime.exit(owner.pid, 'gone')
  await settle()
  expect(await TaskSupervisor.children(sup)).toEqual([])
  expect(await done).toMatchObject({ name: 'ProcessExited' })
})

test('a full supervisor fails the stream', async () => {
  const { owner, runtime } = await setup()
  const small = await TaskSupervisor.startLink({ maxChildren: 1 }, { runtime })
  const { done } = read(TaskSupervisor.asyncStreamNolink(owner.ctx, small, [1, 2], never))
  expect(await done).toMatchObject({ code: 'max_children' })
})

test('property: whatever crashes, every item has one outcome, in order, and never too many run', async () => {
  const items = fc.array(fc.record({ crashes: fc.boolean(), rounds: fc.nat(3) }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (plan, maxConcurrency) => {
      const { owner, sup } = await setup()
      let running = 0
      let most = 0
      const work = async ({ crashes, rounds }: (typeof plan)[number]): Promise<number> => {
        most = Math.max(most, ++running)
        for (let round = 0; round < rounds; round++) await Promise.resolve()
        running--
        return crashes ? exit('boom') : rounds
      }
      const stream = TaskSupervisor.asyncStreamNolink(owner.ctx, sup, plan, work, { maxConcurrency })
      const { seen, done } = read(stream)
      expect(await done).toBe('done')
      expect(seen).toEqual(plan.map(({ crashes, rounds }) => (crashes ? { exit: 'boom' } : rounds)))
      expect(most).toBeLessThanOrEqual(maxConcurrency)
    }),
    { numRuns: 40 },
  )
})
