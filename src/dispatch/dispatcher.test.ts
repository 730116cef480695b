import { expect, onTestFinished, test } from 'vitest'
import { attachPrefix, detach } from '../kernel/index.ts'
import { Supervisor } from '../otp/index.ts'
import { settle, startProbe, testRuntime } from '../testing/index.ts'
import { type Batch, type DispatcherOptions, defineDispatcher, type Ticket } from './index.ts'

let tests = 0

const setup = async (options: Partial<DispatcherOptions> = {}) => {
  const world = testRuntime()
  const name = `dispatch-${++tests}`
  const definition = defineDispatcher<string>({ name, random: () => 0, ...options })
  await definition.startLink({ runtime: world.runtime })
  const events: [string, object][] = []
  attachPrefix(name, 'dispatch.', (event, metadata) => events.push([event, metadata]))
  onTestFinished(() => void detach(name))
  const dispatcher = definition.at(world.runtime)
  const holder = async () => startProbe(world.runtime)
  const pid = (process: string) => world.runtime.whereis(`${name}.${process}`) ?? world.runtime.root
  const kill = async (process: string) => {
    world.runtime.exit(pid(process), 'kill')
    await settle()
  }
  return { ...world, name, dispatcher, events, holder, pid, kill }
}

const batch = (id: string, key?: string): Batch<string> => ({ id, key, payload: `work ${id}` })

const batches = (count: number): readonly Batch<string>[] =>
  Array.from({ length: count }, (_, index) => batch(`b${index}`))

const ticketOf = (taken: { readonly ok: boolean; readonly value?: Ticket<string> }): Ticket<string> => {
  if (!taken.value) throw new Error('nothing was taken')
  return taken.value
}

test('batches are handed out in the order in which they came', async () => {
  const { dispatcher, holder } = await setup()
  const { pid } = await holder()
  await dispatcher.enqueueMany(batches(3))
  const taken = [await dispatcher.take(pid), await dispatcher.take(pid), await dispatcher.take(pid)]
  expect(taken.map((one) => ticketOf(one).id)).toEqual(['b0', 'b1', 'b2'])
  expect(ticketOf(taken[0] as never)).toMatchObject({ payload: 'work b0', attempt: 1, key: 'b0' })
  expect(await dispatcher.take(pid)).toMatchObject({ ok: false, reason: 'empty' })
})

test('a full queue refuses with queue_full, and says how much room there is', async () => {
  const { dispatcher, events, name } = await setup({ queueMax: 3 })
  expect(await dispatcher.enqueueMany(batches(2))).toEqual({ accepted: 2, refused: [] })
  const refused = await dispatcher.enqueueMany([batch('x'), batch('y')])
  expect(refused).toMatchObject({
    accepted: 0,
    refused: [{ reason: 'queue_full', batches: [{ id: 'x' }, { id: 'y' }] }],
  })
  expect(refused.refused[0]?.message).toContain('room for 1 of 3')
  expect(await dispatcher.enqueue(batch('x'))).toEqual({ ok: true })
  expect(events).toEqual([
    ['dispatch.batches.refused', { coordinator: `${name}.coordinator.0`, reason: 'queue_full', count: 2 }],
  ])
})

test('at the in-flight limit both new batches and takers are turned away with backpressure', async () => {
  const { dispatcher, holder } = await setup({ inFlightMax: 2 })
  const { pid } = await holder()
  await dispatcher.enqueueMany(batches(3))
  const first = ticketOf(await dispatcher.take(pid))
  await dispatcher.take(pid)
  expect(await dispatcher.take(pid)).toMatchObject({ reason: 'backpressure' })
  expect(await dispatcher.enqueue(batch('x'))).toMatchObject({ reason: 'backpressure' })
  await dispatcher.complete(first)
  expect(await dispatcher.enqueue(batch('x'))).toEqual({ ok: true })
  expect(await dispatcher.take(pid)).toMatchObject({ ok: true })
})

test('a saturated dispatcher may go on queueing, if it is told to', async () => {
  const { dispatcher, holder } = await setup({ inFlightMax: 1, queueMax: 2, whenSaturated: 'queue' })
  await dispatcher.enqueueMany(batches(2))
  await dispatcher.take((await holder()).pid)
  expect(await dispatcher.enqueue(batch('x'))).toEqual({ ok: true })
  expect(await dispatcher.enqueue(batch('y'))).toMatchObject({ reason: 'queue_full' })
})

test('an id is there once: until it is done, also within one hand-in', async () => {
  const { dispatcher, holder } = await setup()
  await dispatcher.enqueue(batch('a'))
  expect(await dispatcher.enqueue(batch('a'))).toMatchObject({ reason: 'already_there' })
  expect(await dispatcher.enqueueMany([batch('b'), batch('b')])).toMatchObject({ accepted: 0 })
  const ticket = ticketOf(await dispatcher.take((await holder()).pid))
  expect(await dispatcher.enqueue(batch('a'))).toMatchObject({ reason: 'already_there' })
  await dispatcher.complete(ticket)
  expect(await dispatcher.enqueue(batch('a'))).toEqual({ ok: true })
})

test('a batch is completed once, and only with the ticket it was last handed out with', async () => {
  const { dispatcher, holder, runtime } = await setup()
  const lost = await holder()
  await dispatcher.enqueue(batch('a'))
  const old = ticketOf(await dispatcher.take(lost.pid))
  runtime.exit(lost.pid, 'kill')
  const fresh = ticketOf(await dispatcher.take((await holder()).pid))
  expect(fresh).toMatchObject({ id: 'a', attempt: 2 })
  expect(await dispatcher.complete(old)).toMatchObject({ reason: 'not_held' })
  expect(await dispatcher.fail(old, 'late')).toMatchObject({ reason: 'not_held' })
  expect(await dispatcher.complete(fresh)).toEqual({ ok: true })
  expect(await dispatcher.complete(fresh)).toMatchObject({ reason: 'not_held' })
})

test('the batches of a holder that ends go to the front, in their order, at once', async () => {
  const { dispatcher, holder, runtime, events } = await setup()
  const lost = await holder()
  await dispatcher.enqueueMany(batches(4))
  await dispatcher.take(lost.pid)
  await dispatcher.take(lost.pid)
  runtime.exit(lost.pid, 'boom')
  await settle()
  const { pid } = await holder()
  const order = []
  for (let n = 0; n < 4; n++) order.push(ticketOf(await dispatcher.take(pid)).id)
  expect(order).toEqual(['b0', 'b1', 'b2', 'b3'])
  expect(events.filter(([event]) => event === 'dispatch.batch.requeued')).toMatchObject([
    [{}, { batch: 'b0', holder: lost.pid, reason: 'boom' }],
    [{}, { batch: 'b1', holder: lost.pid, reason: 'boom' }],
  ])
})

test('who took a batch after its own end gives it back at once', async () => {
  const { dispatcher, holder, runtime } = await setup()
  const ghost = await holder()
  runtime.exit(ghost.pid, 'kill')
  await dispatcher.enqueue(batch('a'))
  await dispatcher.take(ghost.pid)
  expect(await dispatcher.counts()).toMatchObject({ queued: 1, taken: 0 })
})

test('a failed batch comes back after a pause that grows', async () => {
  const { dispatcher, holder, clock } = await setup({ backoff: { initialMs: 100, maxMs: 1_000 } })
  const { pid } = await holder()
  await dispatcher.enqueue(batch('a'))
  for (const pauseMs of [100, 200, 400]) {
    const ticket = ticketOf(await dispatcher.take(pid))
    expect(await dispatcher.fail(ticket, 'refused')).toEqual({ ok: true, value: 'delayed' })
    await clock.advance(pauseMs - 20)
    expect(await dispatcher.take(pid)).toMatchObject({ reason: 'empty' })
    await clock.advance(40)
  }
  expect(ticketOf(await dispatcher.take(pid))).toMatchObject({ attempt: 4 })
})

test('a batch whose tries are used up is dead: it keeps its place until revived or discarded', async () => {
  const { dispatcher, holder, runtime } = await setup({ attemptsMax: 1, queueMax: 2 })
  await dispatcher.enqueueMany(batches(2))
  const lost = await holder()
  expect(await dispatcher.fail(ticketOf(await dispatcher.take(lost.pid)), 'bad')).toMatchObject({
    value: 'dead',
  })
  await dispatcher.take(lost.pid)
  runtime.exit(lost.pid, 'boom')
  await settle()
  expect(await dispatcher.deadBatches()).toEqual([
    { id: 'b0', key: 'b0', payload: 'work b0', attempts: 1, failure: 'bad' },
    { id: 'b1', key: 'b1', payload: 'work b1', attempts: 1, failure: 'boom' },
  ])
  expect(await dispatcher.enqueue(batch('x'))).toMatchObject({ reason: 'queue_full' })
  expect(await dispatcher.discard({ id: 'b0' })).toEqual({ ok: true })
  expect(await dispatcher.discard({ id: 'b0' })).toMatchObject({ reason: 'not_dead' })
  expect(await dispatcher.revive({ id: 'b1' })).toEqual({ ok: true })
  expect(ticketOf(await dispatcher.take((await holder()).pid))).toMatchObject({ id: 'b1', attempt: 1 })
})

test('a batch that is put off does not use up a try', async () => {
  const { dispatcher, holder, clock } = await setup({ attemptsMax: 1 })
  const { pid } = await holder()
  await dispatcher.enqueue(batch('a'))
  await dispatcher.fail(ticketOf(await dispatcher.take(pid)), 'quota', { retryInMs: 5_000 })
  await clock.advance(5_020)
  expect(ticketOf(await dispatcher.take(pid))).toMatchObject({ attempt: 1 })
})

test('who waits gets the next batch, and after its time nothing', async () => {
  const { dispatcher, holder, clock } = await setup()
  const [first, second] = [await holder(), await holder()]
  const early = dispatcher.take(first.pid, { waitMs: 60_000 })
  const late = dispatcher.take(second.pid, { waitMs: 1_000 })
  await dispatcher.enqueue(batch('a'))
  expect(ticketOf(await early).id).toBe('a')
  await clock.advance(1_020)
  expect(await late).toMatchObject({ reason: 'empty' })
  await dispatcher.enqueue(batch('b'))
  expect(await dispatcher.counts()).toMatchObject({ queued: 1, taken: 1 })
})

test('nothing is kept for a waiting holder that ended', async () => {
  const { dispatcher, holder, runtime } = await setup()
  const gone = await holder()
  void dispatcher.take(gone.pid, { waitMs: 60_000 })
  await settle()
  runtime.exit(gone.pid, 'kill')
  await settle()
  await dispatcher.enqueue(batch('a'))
  expect(await dispatcher.counts()).toMatchObject({ queued: 1, taken: 0 })
})

test('a waiting call that fails with its coordinator can be made again', async () => {
  const { dispatcher, holder, kill } = await setup()
  const waiting = dispatcher.take((await holder()).pid, { waitMs: 60_000 }).catch((error: unknown) => error)
  await settle()
  await kill('coordinator.0')
  expect(await waiting).toMatchObject({ kind: 'exit', reason: 'killed' })
})

test('a coordinator that crashes comes back with its queue, its holders, its pauses and its dead', async () => {
  const { dispatcher, holder, kill, clock, runtime, events } = await setup({ attemptsMax: 2 })
  const worker = await holder()
  await dispatcher.enqueueMany(batches(5))
  const [held, failed] = [
    ticketOf(await dispatcher.take(worker.pid)),
    ticketOf(await dispatcher.take(worker.pid)),
  ]
  await dispatcher.fail(failed, 'try again')
  const before = await dispatcher.counts()
  await kill('coordinator.0')
  expect(await dispatcher.counts()).toEqual(before)
  expect(before).toEqual({ queued: 3, delayed: 1, taken: 1, dead: 0 })
  expect(events.map(([event]) => event)).toContain('dispatch.coordinator.restored')
  expect(await dispatcher.complete(held)).toEqual({ ok: true })
  await clock.advance(1_020)
  const order = []
  for (let n = 0; n < 4; n++) order.push(ticketOf(await dispatcher.take(worker.pid)).id)
  expect(order).toEqual(['b2', 'b3', 'b4', 'b1'])
  runtime.exit(worker.pid, 'kill')
  await settle()
  expect(await dispatcher.counts()).toMatchObject({ queued: 3, dead: 1, taken: 0 })
})

test('a holder that ended while the coordinator was down has given its batch back, too', async () => {
  const { dispatcher, holder, runtime, pid } = await setup()
  const worker = await holder()
  await dispatcher.enqueue(batch('a'))
  await dispatcher.take(worker.pid)
  runtime.exit(pid('coordinator.0'), 'kill')
  runtime.exit(worker.pid, 'kill')
  await settle()
  expect(await dispatcher.counts()).toMatchObject({ queued: 1, taken: 0 })
})

test('work outlives its coordinator and its keeper, one after the other, any number of times', async () => {
  const { dispatcher, kill } = await setup({ maxRestarts: 100 })
  await dispatcher.enqueueMany(batches(3))
  for (const process of ['keeper', 'coordinator.0', 'coordinator.0', 'keeper', 'keeper', 'coordinator.0']) {
    await kill(process)
    expect(await dispatcher.counts()).toMatchObject({ queued: 3 })
  }
})

test('draining lets nothing in, finishes what is there, and then says so', async () => {
  const { dispatcher, holder } = await setup()
  const { pid } = await holder()
  await dispatcher.enqueue(batch('a'))
  const drained = dispatcher.drain().then(() => 'drained')
  expect(await dispatcher.enqueue(batch('b'))).toMatchObject({ reason: 'draining' })
  const ticket = ticketOf(await dispatcher.take(pid))
  const waiting = dispatcher.take(pid, { waitMs: 60_000 })
  await dispatcher.complete(ticket)
  expect(await drained).toBe('drained')
  expect(await waiting).toMatchObject({ reason: 'drained' })
  expect(await dispatcher.take(pid)).toMatchObject({ reason: 'drained' })
  await dispatcher.drain()
})

test('a key beyond its quota waits for its moment, and other keys go past it', async () => {
  const { dispatcher, holder, clock } = await setup({ rateLimit: { allowed: 1, intervalMs: 1_000 } })
  const { pid } = await holder()
  await dispatcher.enqueueMany([batch('a1', 'a'), batch('a2', 'a'), batch('a3', 'a'), batch('b1', 'b')])
  const take = async () => {
    const taken = await dispatcher.take(pid)
    return taken.ok ? taken.value.id : taken.reason
  }
  expect([await take(), await take(), await take()]).toEqual(['a1', 'b1', 'empty'])
  await clock.advance(1_020)
  expect([await take(), await take()]).toEqual(['a2', 'empty'])
  await clock.advance(1_000)
  expect([await take(), await take()]).toEqual(['a3', 'empty'])
})

test('a crash gives nobody a second burst', async () => {
  const { dispatcher, holder, kill } = await setup({ rateLimit: { allowed: 2, intervalMs: 60_000 } })
  const { pid } = await holder()
  await dispatcher.enqueueMany([1, 2, 3].map((n) => batch(`a${n}`, 'a')))
  await dispatcher.take(pid)
  await dispatcher.take(pid)
  await kill('coordinator.0')
  expect(await dispatcher.take(pid)).toMatchObject({ reason: 'empty' })
  expect(await dispatcher.counts()).toMatchObject({ delayed: 1, taken: 2 })
})

test('quotas of keys that rest are forgotten', async () => {
  const { dispatcher, holder, clock, runtime, name } = await setup({
    rateLimit: { allowed: 1, intervalMs: 100 },
    keysMax: 2,
  })
  const { pid } = await holder()
  for (const id of ['a', 'b', 'c', 'd']) {
    await dispatcher.enqueue(batch(id))
    await dispatcher.take(pid)
    await clock.advance(200)
  }
  expect(runtime.whereis(`${name}.coordinator.0`)).toBeDefined()
  await dispatcher.enqueue(batch('a2', 'a'))
  expect(ticketOf(await dispatcher.take(pid)).id).toBe('a2')
})

test('equal keys go to the same coordinator, different keys to all of them', async () => {
  const { dispatcher, holder } = await setup({ coordinators: 4, queueMax: 100 })
  const { pid } = await holder()
  const many = Array.from({ length: 64 }, (_, n) => batch(`b${n}`, `https://example.org/${n % 16}`))
  expect(await dispatcher.enqueueMany(many)).toMatchObject({ accepted: 64 })
  const used = new Map<string, Set<number>>()
  for (let n = 0; n < 40; n++) {
    const { key, coordinator } = ticketOf(await dispatcher.take(pid))
    used.set(key, (used.get(key) ?? new Set()).add(coordinator))
    expect(coordinator).toBe(dispatcher.coordinatorOf(key))
  }
  expect([...used.values()].every((set) => set.size === 1)).toBe(true)
  expect(new Set([...used.values()].flatMap((set) => [...set])).size).toBe(4)
})

test('many handed in to several coordinators: each takes its share or nothing of it', async () => {
  const { dispatcher } = await setup({ coordinators: 2, queueMax: 4 })
  const keys = Array.from({ length: 50 }, (_, n) => `k${n}`)
  const of = (index: number) => keys.filter((key) => dispatcher.coordinatorOf(key) === index)
  const share = [...of(0).slice(0, 3), ...of(1).slice(0, 5)].map((key) => batch(key))
  const admission = await dispatcher.enqueueMany(share)
  expect(admission).toMatchObject({ accepted: 3, refused: [{ reason: 'queue_full' }] })
  expect(admission.refused[0]?.batches.map(({ id }) => id)).toEqual(of(1).slice(0, 5))
})

test('what cannot be an option is refused by name before anything starts', () => {
  const wrong: readonly [Partial<DispatcherOptions>, string][] = [
    [{ queueMax: 0 }, 'queueMax'],
    [{ inFlightMax: 1.5 }, 'inFlightMax'],
    [{ coordinators: -1 }, 'coordinators'],
    [{ attemptsMax: Number.NaN }, 'attemptsMax'],
    [{ rateLimit: { allowed: 0, intervalMs: 1 } }, 'rateLimit'],
  ]
  for (const [options, field] of wrong) {
    expect(() => defineDispatcher({ name: 'wrong', ...options })).toThrow(
      expect.objectContaining({ code: 'invalid_option', field }),
    )
  }
})

test('what cannot be a batch or a pause is refused by name and never reaches a coordinator', async () => {
  const { dispatcher, holder, reports } = await setup()
  const refused = (field: string) => expect.objectContaining({ code: 'invalid_option', field })
  await expect(dispatcher.enqueue({ id: 7, payload: '' } as never)).rejects.toThrow(refused('id'))
  await expect(dispatcher.enqueueMany([{ id: 'a', key: {}, payload: '' } as never])).rejects.toThrow(
    refused('key'),
  )
  await dispatcher.enqueue(batch('a'))
  const ticket = ticketOf(await dispatcher.take((await holder()).pid))
  await expect(dispatcher.fail(ticket, 'x', { retryInMs: Number.NaN })).rejects.toThrow(refused('retryInMs'))
  expect(await dispatcher.complete(ticket)).toEqual({ ok: true })
  expect(reports).toEqual([])
})

test('nobody waits at several coordinators at once, or at one that is not there', async () => {
  const { dispatcher, holder } = await setup({ coordinators: 2 })
  const { pid } = await holder()
  await expect(dispatcher.take(pid, { waitMs: 1 })).rejects.toThrow('several coordinators')
  await expect(dispatcher.take(pid, { coordinator: 2 })).rejects.toThrow('has no coordinator 2')
})

test('a dispatcher is a child like any other', async () => {
  const { runtime } = testRuntime()
  const inner = defineDispatcher<string>({ name: 'inner' })
  const sup = await Supervisor.startLink({ strategy: 'one_for_one', children: [inner.child()] }, { runtime })
  expect(await inner.at(runtime).enqueue(batch('a'))).toEqual({ ok: true })
  expect(await Supervisor.whichChildren(sup)).toMatchObject([{ id: 'inner' }])
  await sup.stop('shutdown')
  await expect(inner.at(runtime).enqueue(batch('b'))).rejects.toMatchObject({ kind: 'noproc' })
})
