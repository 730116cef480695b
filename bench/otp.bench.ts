/**
 * What does it cost to be a real process: deadlines, links, monitors, exits,
 * fairness, against a bare mailbox that has none of them? The bare mailbox is
 * the physical limit of message plumbing on one thread, not a rival.
 */
import { createRuntime, defineServer, noreply, reply } from '../src/otp/index.ts'
import { type Bench, perSecond } from './harness.ts'

const CALLS = 300_000
const CASTS = 2_000_000
const BURST = 1_000
const STARTS = 60_000
const IDLE = 20_000
const TIMER_MS = 10
const SATURATED_MS = 1_000

const Counter = defineServer({
  name: 'counter',
  init: (count: number) => ({ count }),
  calls: { get: (s) => reply(s.count, s) },
  casts: { inc: (s, by: number) => noreply({ count: s.count + by }) },
})

const runtime = createRuntime()

/** Messages through a queue and a microtask, one after the other, and nothing else. */
class BareMailbox {
  count = 0
  private queue: { readonly by: number; readonly answer?: (count: number) => void }[] = []
  private kicked = false

  send(by: number, answer?: (count: number) => void): void {
    this.queue.push(answer ? { by, answer } : { by })
    if (this.kicked) return
    this.kicked = true
    queueMicrotask(() => this.drain())
  }

  call(): Promise<number> {
    return new Promise((resolve) => this.send(0, resolve))
  }

  private drain(): void {
    this.kicked = false
    const { queue } = this
    this.queue = []
    for (const { by, answer } of queue) {
      this.count += by
      answer?.(this.count)
    }
  }
}

async function calls(call: () => Promise<number>): Promise<number> {
  for (let n = 0; n < CALLS / 10; n++) await call()
  return perSecond(CALLS, async () => {
    for (let n = 0; n < CALLS; n++) await call()
  })
}

async function casts(cast: () => void, call: () => Promise<number>): Promise<number> {
  const burst = async (): Promise<void> => {
    for (let n = 0; n < BURST; n++) cast()
    await call()
  }
  for (let n = 0; n < CASTS / 10; n += BURST) await burst()
  return perSecond(CASTS, async () => {
    for (let n = 0; n < CASTS; n += BURST) await burst()
  })
}

/** Warmed up by as many as are measured: the compiler takes its time with starts. */
async function starts(once: () => Promise<unknown>): Promise<number> {
  for (let n = 0; n < STARTS; n++) await once()
  return perSecond(STARTS, async () => {
    for (let n = 0; n < STARTS; n++) await once()
  })
}

async function bytesEach(make: () => Promise<object> | object): Promise<number> {
  const kept: object[] = []
  for (let n = 0; n < 1_000; n++) kept.push(await make())
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < IDLE; n++) kept.push(await make())
  globalThis.gc?.()
  return (process.memoryUsage().heapUsed - before) / (kept.length - 1_000)
}

/** The share of a timer's ticks that still come while somebody awaits call after call. */
async function ticksKept(call: () => Promise<number>): Promise<number> {
  let ticks = 0
  const timer = setInterval(() => ticks++, TIMER_MS)
  const untilMs = performance.now() + SATURATED_MS
  while (performance.now() < untilMs) await call()
  clearInterval(timer)
  return ticks / (SATURATED_MS / TIMER_MS)
}

async function counter() {
  const ref = await Counter.start(0, { runtime })
  return { call: () => ref.call.get(), cast: () => ref.cast.inc(1) }
}

function bare() {
  const mailbox = new BareMailbox()
  return { call: () => mailbox.call(), cast: () => mailbox.send(1) }
}

export const bench: Bench = {
  about:
    'A GenServer against a bare mailbox, on one thread; the BEAM does 0.70 M calls and 7.8 M casts a second here.',
  rounds: 5,
  isolated: true,
  questions: [
    {
      title: 'call round trips, one after the other',
      unit: 'calls/s',
      better: 'more',
      target: 1_500_000,
      contenders: [
        { name: 'quorate/otp', sample: async () => calls((await counter()).call) },
        { name: 'bare mailbox', sample: () => calls(bare().call) },
      ],
    },
    {
      title: 'casts in bursts of 1000',
      unit: 'casts/s',
      better: 'more',
      target: 5_000_000,
      contenders: [
        {
          name: 'quorate/otp',
          sample: async () => {
            const { cast, call } = await counter()
            return casts(cast, call)
          },
        },
        {
          name: 'bare mailbox',
          sample: () => {
            const { cast, call } = bare()
            return casts(cast, call)
          },
        },
      ],
    },
    {
      title: 'start and stop of a server',
      unit: 'servers/s',
      better: 'more',
      target: 500_000,
      contenders: [
        {
          name: 'quorate/otp',
          sample: () => starts(async () => (await Counter.start(0, { runtime })).stop()),
        },
        {
          name: 'bare mailbox',
          sample: () => starts(() => bare().call()),
        },
      ],
    },
    {
      title: 'heap of an idle server',
      unit: 'bytes',
      better: 'less',
      target: 600,
      contenders: [
        { name: 'quorate/otp', sample: () => bytesEach(() => Counter.start(0, { runtime })) },
        { name: 'bare mailbox', sample: () => bytesEach(() => new BareMailbox()) },
      ],
    },
    {
      title: 'ticks of a 10 ms timer that survive endless calls',
      unit: 'of all',
      better: 'more',
      target: 0.5,
      note: 'A bare mailbox starves every timer and socket.',
      contenders: [
        { name: 'quorate/otp', sample: async () => ticksKept((await counter()).call) },
        { name: 'bare mailbox', sample: () => ticksKept(bare().call) },
      ],
    },
  ],
  teardown: () => runtime.stop(),
}
