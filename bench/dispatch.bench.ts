/**
 * What do limits, fencing, monitors and crash-proof tables cost, against the least
 * that could be called a coordinator: an array in one GenServer, which has none of
 * them? Both hand in, hand out and hand back the same batches by the same calls.
 */
import { defineDispatcher, type Ticket } from '../src/dispatch/index.ts'
import { createRuntime, defineServer, type Pid, reply } from '../src/otp/index.ts'
import { type Bench, perSecond } from './harness.ts'

const BATCHES = 60_000
const AT_ONCE = 100
const WORKERS = 20
const KEYS = 64

const runtime = createRuntime({ logger: () => {} })

interface Work {
  readonly id: string
  readonly key: string
  readonly payload: number
}

/** What a batch goes through, by whatever coordinates. */
interface Coordination {
  enqueue(batches: readonly Work[]): Promise<unknown>
  take(worker: Pid): Promise<Ticket<number> | Work | undefined>
  complete(taken: Ticket<number> | Work): Promise<unknown>
}

/** The seed's coordinator, without its limits: a list, and a set of what was taken. */
const BareQueue = defineServer({
  name: 'bare_queue',
  init: () => ({ queue: [] as Work[], taken: new Set<string>() }),
  calls: {
    enqueue(s, batches: readonly Work[]) {
      s.queue.push(...batches)
      return reply('ok', s)
    },
    take(s) {
      const work = s.queue.shift()
      if (work) s.taken.add(work.id)
      return reply(work, s)
    },
    complete: (s, id: string) => reply(s.taken.delete(id), s),
  },
})

let made = 0

async function dispatching(coordinators: number, limited = false): Promise<Coordination> {
  const definition = defineDispatcher<number>({
    name: `bench.${++made}`,
    coordinators,
    queueMax: AT_ONCE * 2,
    inFlightMax: WORKERS * 2,
    whenSaturated: 'queue',
    rateLimit: limited ? { allowed: 1e9, intervalMs: 1_000 } : undefined,
  })
  await definition.startLink({ runtime })
  const dispatcher = definition.at(runtime)
  return {
    enqueue: (batches) => dispatcher.enqueueMany(batches),
    async take(worker) {
      const taken = await dispatcher.take(worker)
      return taken.ok ? taken.value : undefined
    },
    complete: (ticket) => dispatcher.complete(ticket as Ticket<number>),
  }
}

async function bare(): Promise<Coordination> {
  const { call } = await BareQueue.start(undefined, { runtime })
  return {
    enqueue: (batches) => call.enqueue(batches),
    take: () => call.take(),
    complete: ({ id }) => call.complete(id),
  }
}

/** Batches a second through enqueue, take and complete, with so many hands at work. */
async function throughput(coordination: Coordination): Promise<number> {
  const workers = Array.from({ length: WORKERS }, () => runtime.spawn((ctx) => ctx.receive()))
  await round(coordination, workers, BATCHES / 10)
  return perSecond(BATCHES, () => round(coordination, workers, BATCHES))
}

async function round(coordination: Coordination, workers: readonly Pid[], count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    await coordination.enqueue(
      Array.from({ length: AT_ONCE }, (_, n) => ({ id: `b${from + n}`, key: `k${n % KEYS}`, payload: n })),
    )
    await Promise.all(workers.map((worker) => workOff(coordination, worker)))
  }
}

async function workOff(coordination: Coordination, worker: Pid): Promise<void> {
  for (let taken = await coordination.take(worker); taken; taken = await coordination.take(worker)) {
    await coordination.complete(taken)
  }
}

export const bench: Bench = {
  about: 'Batches in, out and done: a dispatcher against an array in one GenServer, by the same calls.',
  rounds: 5,
  isolated: true,
  questions: [
    {
      title: 'enqueue, take and complete',
      unit: 'batches/s',
      better: 'more',
      note: 'The array has no limits, no fencing, no monitors, and forgets everything when it crashes.',
      contenders: [
        { name: 'one coordinator', sample: async () => throughput(await dispatching(1)) },
        { name: 'with a quota for each key', sample: async () => throughput(await dispatching(1, true)) },
        { name: 'array in a GenServer', sample: async () => throughput(await bare()) },
      ],
    },
    {
      title: 'a pool of four coordinators',
      unit: 'batches/s',
      better: 'more',
      note: 'On one thread a pool spreads keys and limits, not load: it must not cost much.',
      contenders: [
        { name: 'pool of 4', sample: async () => throughput(await dispatching(4)) },
        { name: 'one coordinator', sample: async () => throughput(await dispatching(1)) },
      ],
    },
  ],
  teardown: () => runtime.stop(),
}
