/**
 * What does a server in a thread cost beside the bare port it talks through? All
 * sides do the same work, one number in and its successor out, on one thread of
 * their own and on two. The raw workers echo hand-batched arrays: the limit of
 * the port, with none of our deadlines, exits, order per caller or supervision.
 */
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import { createRuntime } from '../src/otp/index.ts'
import { type Bench, perSecond } from './harness.ts'
import { Adder } from './thread-server.mjs'

const MESSAGES = 400_000
const POOLED = 20_000
const SEQUENTIAL = 10_000
const IN_FLIGHT = 500
const BURST = 1_000

const runtime = createRuntime()
/** The thread, too, runs what users get: see `compiled.mjs`. */
const compiled = `import { register } from 'node:module'; register('${new URL('./compiled.mjs', import.meta.url).href}')`
const thread = {
  module: new URL('./thread-server.mjs', import.meta.url),
  export: 'Adder',
  execArgv: ['--import', `data:text/javascript,${encodeURIComponent(compiled)}`],
}
const task = new URL('./thread-task.mjs', import.meta.url).href
const echo = new URL('./thread-echo.mjs', import.meta.url)

type Ask = (n: number) => Promise<unknown>

/** Keeps `IN_FLIGHT` questions open until `count` were answered. */
async function pipelined(count: number, ask: Ask): Promise<number> {
  const run = async (total: number): Promise<void> => {
    let asked = 0
    const lane = async (): Promise<void> => {
      while (asked < total) await ask(asked++)
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  }
  await run(count / 4)
  return perSecond(count, () => run(count))
}

async function sequential(ask: Ask): Promise<number> {
  const run = async (total: number): Promise<void> => {
    for (let n = 0; n < total; n++) await ask(n)
  }
  await run(SEQUENTIAL / 4)
  return perSecond(SEQUENTIAL, () => run(SEQUENTIAL))
}

/** The same question to so many servers in turns. */
async function servers(count: number): Promise<Ask> {
  const refs = await Promise.all(Array.from({ length: count }, () => Adder.start(0, { runtime, thread })))
  return (n) => refs[n % count]?.call.next(n) ?? Promise.reject(new Error('no server'))
}

/** Workers that answer arrays of [id, number], collected as ours are: no more than the port demands. */
function rawWorkers(count: number): { readonly ask: Ask; readonly end: () => Promise<unknown> } {
  const lanes = Array.from({ length: count }, () => new RawLane())
  return {
    ask: (n) => lanes[n % count]?.ask(n) ?? Promise.reject(new Error('no worker')),
    end: () => Promise.all(lanes.map((lane) => lane.end())),
  }
}

class RawLane {
  private readonly worker = new Worker(echo)
  private readonly waiting = new Map<number, (answer: number) => void>()
  private batch: number[] = []
  private lastId = 0

  constructor() {
    this.worker.on('message', (batch: readonly number[]) => {
      for (let at = 0; at < batch.length; at += 2) {
        const id = batch[at] ?? 0
        this.waiting.get(id)?.(batch[at + 1] ?? 0)
        this.waiting.delete(id)
      }
    })
  }

  ask(n: number): Promise<number> {
    if (this.batch.length === 0) setImmediate(() => this.flush())
    this.batch.push(++this.lastId, n)
    return new Promise((resolve) => this.waiting.set(this.lastId, resolve))
  }

  end(): Promise<number> {
    return this.worker.terminate()
  }

  private flush(): void {
    const { batch } = this
    this.batch = []
    this.worker.postMessage(batch)
  }
}

async function casts(): Promise<number> {
  const ref = await Adder.start(0, { runtime, thread })
  const run = async (total: number): Promise<void> => {
    for (let n = 0; n < total; n += BURST) {
      for (let k = 0; k < BURST; k++) ref.cast.add(k)
      await ref.call.next(n)
    }
  }
  await run(MESSAGES / 4)
  return perSecond(MESSAGES, () => run(MESSAGES))
}

async function withRaw(count: number, measure: (ask: Ask) => Promise<number>): Promise<number> {
  const { ask, end } = rawWorkers(count)
  const result = await measure(ask)
  await end()
  return result
}

async function withPiscina(measure: (ask: Ask) => Promise<number>): Promise<number> {
  const pool = new Piscina({ filename: task, minThreads: 2, maxThreads: 2 })
  const result = await measure((n) => pool.run(n))
  await pool.destroy()
  return result
}

async function withTinypool(measure: (ask: Ask) => Promise<number>): Promise<number> {
  const pool = new Tinypool({ filename: task, minThreads: 2, maxThreads: 2 })
  const result = await measure((n) => pool.run(n))
  await pool.destroy()
  return result
}

export const bench: Bench = {
  about:
    'A server in a thread against bare ports and thread pools: a number goes over, its successor comes back.',
  rounds: 5,
  isolated: true,
  questions: [
    {
      title: `calls, ${IN_FLIGHT} in flight`,
      unit: 'calls/s',
      better: 'more',
      target: 300_000,
      note: 'A pool gives each worker one task at a time, so its rate is bound by the round trip.',
      contenders: [
        { name: 'quorate/otp, one thread', sample: async () => pipelined(MESSAGES, await servers(1)) },
        { name: 'quorate/otp, two threads', sample: async () => pipelined(MESSAGES, await servers(2)) },
        {
          name: 'two raw workers, batched by hand',
          sample: () => withRaw(2, (ask) => pipelined(MESSAGES, ask)),
        },
        { name: 'piscina, two threads', sample: () => withPiscina((ask) => pipelined(POOLED, ask)) },
        { name: 'tinypool, two threads', sample: () => withTinypool((ask) => pipelined(POOLED, ask)) },
      ],
    },
    {
      title: `casts, a call behind each ${BURST}`,
      unit: 'casts/s',
      better: 'more',
      target: 300_000,
      contenders: [{ name: 'quorate/otp, one thread', sample: casts }],
    },
    {
      title: 'calls, one after the other',
      unit: 'calls/s',
      better: 'more',
      note: 'The round trip through two event loops; nothing can be batched.',
      contenders: [
        { name: 'quorate/otp', sample: async () => sequential(await servers(1)) },
        { name: 'one raw worker', sample: () => withRaw(1, sequential) },
        { name: 'piscina', sample: () => withPiscina(sequential) },
        { name: 'tinypool', sample: () => withTinypool(sequential) },
      ],
    },
  ],
  teardown: () => runtime.stop(),
}
