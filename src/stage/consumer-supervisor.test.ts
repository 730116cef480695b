import { expect, test } from 'vitest'
import { defineServer, type ExitReason, noreply, type Restart, reply, stop } from '../otp/index.ts'
import { settle, testRuntime } from '../testing/index.ts'
import {
  defineConsumerSupervisor,
  defineProducer,
  GenStage,
  produce,
  type SubscribeOptions,
} from './index.ts'

const Numbers = defineProducer({
  name: 'numbers',
  init: () => ({ next: 1, demands: [] as readonly number[] }),
  handleDemand: ({ next, demands }, demand) =>
    produce(
      Array.from({ length: demand }, (_, index) => next + index),
      { next: next + demand, demands: [...demands, demand] },
    ),
  calls: { demands: (state) => reply(state.demands, state) },
})

const Job = defineServer({
  name: 'job',
  init: (n: number) => n,
  casts: { end: (n, reason: ExitReason) => stop(reason, n), nothing: (n) => noreply(n) },
})

const setup = async (restart: Restart, options: SubscribeOptions<number>) => {
  const { runtime, reports } = testRuntime()
  const Jobs = defineConsumerSupervisor({
    name: 'jobs',
    maxRestarts: 2,
    child: (event: number) => Job.child(event, { id: `job ${event}`, restart }),
  })
  const producer = await Numbers.start(undefined, { runtime })
  const jobs = await Jobs.start(undefined, { runtime })
  await GenStage.subscribe(jobs, producer, options)
  await settle()
  const end = async (id: number, reason: ExitReason) => {
    const child = (await jobs.call.whichChildren()).find((one) => one.id === `job ${id}`)
    if (typeof child?.pid !== 'object') throw new Error(`no job ${id}`)
    Job.at(child.pid, runtime).cast.end(reason)
    await settle()
  }
  const ids = async () => (await jobs.call.whichChildren()).map(({ id }) => id)
  return { runtime, reports, producer, jobs, end, ids }
}

test('one child per event, and no more at once than the maximum demand', async () => {
  const { jobs, producer } = await setup('temporary', { maxDemand: 3, minDemand: 1 })
  expect(await jobs.call.countChildren()).toEqual({ specs: 3, active: 3, workers: 3, supervisors: 0 })
  expect(await producer.call.demands()).toEqual([3])
})

test('more is asked for when children have ended', async () => {
  const { producer, end, ids } = await setup('temporary', { maxDemand: 3, minDemand: 2 })
  await end(1, 'normal')
  expect(await producer.call.demands()).toEqual([3])
  await end(2, 'oops')
  expect(await producer.call.demands()).toEqual([3, 2])
  expect(await ids()).toEqual(['job 3', 'job 4', 'job 5'])
})

test('a transient child that crashed is restarted and still counts', async () => {
  const { producer, end, ids } = await setup('transient', { maxDemand: 2, minDemand: 0 })
  await end(1, 'oops')
  expect((await ids()).toSorted()).toEqual(['job 1', 'job 2'])
  expect(await producer.call.demands()).toEqual([2])
  await end(1, 'shutdown')
  expect(await producer.call.demands()).toEqual([2, 1])
})

test('too many restarts end it with shutdown, children first', async () => {
  const { runtime, jobs, end } = await setup('transient', { maxDemand: 1 })
  const { pid } = jobs
  for (const _ of [1, 2, 3]) await end(1, 'oops')
  expect(runtime.isAlive(pid)).toBe(false)
  expect(runtime.processes().length).toBe(1)
})

test('children end with their supervisor', async () => {
  const { runtime, jobs } = await setup('temporary', { maxDemand: 4 })
  await jobs.stop('shutdown')
  expect(runtime.processes().length).toBe(1)
})

test('permanent children are refused: an event is not worth living for ever', async () => {
  const { reports } = await setup('permanent', { maxDemand: 1 })
  expect(reports[0]?.reason).toMatchObject({ code: 'bad_specs', field: 'restart' })
})
