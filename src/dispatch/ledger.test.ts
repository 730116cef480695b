import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pid } from '../otp/index.ts'
import { settle, startProbe, testRuntime } from '../testing/index.ts'
import { type Dispatcher, defineDispatcher, type Ticket } from './index.ts'

const KEYS = 3
const HOLDERS = 3
const LIMITS = { queueMax: 6, inFlightMax: 2, attemptsMax: 3, coordinators: 2 } as const
const RATE = { allowed: 3, intervalMs: 1_000 } as const

type Step =
  | { readonly do: 'enqueue'; readonly batch: number }
  | { readonly do: 'take'; readonly holder: number; readonly waiting: boolean }
  | { readonly do: 'complete'; readonly ticket: number }
  | { readonly do: 'fail'; readonly ticket: number }
  | { readonly do: 'kill'; readonly process: string }
  | { readonly do: 'kill_holder'; readonly holder: number }
  | { readonly do: 'kill_both'; readonly holder: number; readonly process: string }
  | { readonly do: 'wait'; readonly ms: number }

const processes = fc.constantFrom('coordinator.0', 'coordinator.1', 'keeper', 'mailboxes')
const holders = fc.integer({ min: 0, max: HOLDERS - 1 })
const tickets = fc.integer({ min: 0, max: 50 })

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      batch: fc.integer({ min: 0, max: 30 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('take' as const), holder: holders, waiting: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('complete', 'fail'), ticket: tickets }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), process: processes }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill_holder' as const), holder: holders }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('kill_both' as const), holder: holders, process: processes }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  },
)

/** One walk through a dispatcher's life, and what an onlooker knows of it. */
async function walk(plan: readonly Step[]): Promise<void> {
  const { runtime, clock } = testRuntime()
  const definition = defineDispatcher<number>({
    name: 'laws',
    ...LIMITS,
    maxRestarts: 1_000,
    whenSaturated: 'queue',
    rateLimit: RATE,
    backoff: { initialMs: 200, maxMs: 800 },
    random: () => 0.5,
  })
  await definition.startLink({ runtime })
  const dispatcher = definition.at(runtime)
  const probes = await Promise.all(Array.from({ length: HOLDERS }, () => startProbe(runtime)))
  const accepted = new Set<string>()
  const given: Ticket<number>[] = []
  /** What is in living hands, by claim. */
  const inHands = new Map<number, { readonly ticket: Ticket<number>; readonly holder: Pid }>()
  const goneMs = new Map<string, number[]>()

  const received = (ticket: Ticket<number>, holder: Pid): void => {
    given.push(ticket)
    inHands.set(ticket.claim, { ticket, holder })
    goneMs.set(ticket.key, [...(goneMs.get(ticket.key) ?? []), clock.monotonicMs()])
  }
  const kill = (process: string): void => {
    const pid = runtime.whereis(`laws.${process}`)
    if (pid) runtime.exit(pid, 'kill')
  }
  const killHolder = async (holder: number): Promise<void> => {
    const probe = probes[holder]
    if (probe) runtime.exit(probe.pid, 'kill')
    for (const [claim, { holder: pid }] of inHands) if (pid === probe?.pid) inHands.delete(claim)
    probes[holder] = await startProbe(runtime)
  }
  const run = async (step: Step): Promise<void> => {
    if (step.do === 'enqueue') {
      const id = `b${step.batch}`
      const admitted = await dispatcher.enqueue({ id, key: `k${step.batch % KEYS}`, payload: step.batch })
      if (admitted.ok) expect(accepted.has(id)).toBe(false)
      if (admitted.ok) accepted.add(id)
    } else if (step.do === 'take') {
      const { pid } = probes[step.holder] ?? { pid: runtime.root }
      if (!step.waiting) {
        const taken = await dispatcher.take(pid)
        if (taken.ok) received(taken.value, pid)
        return
      }
      const waiting = dispatcher.take(pid, { coordinator: step.holder % LIMITS.coordinators, waitMs: 500 })
      void waiting.then(
        (taken) => {
          if (taken.ok) received(taken.value, pid)
        },
        () => {},
      )
    } else if (step.do === 'complete' || step.do === 'fail') {
      const ticket = given[step.ticket % Math.max(1, given.length)]
      if (!ticket) return
      const answer =
        step.do === 'fail' ? await dispatcher.fail(ticket, 'failed') : await dispatcher.complete(ticket)
      expect(answer.ok).toBe(inHands.delete(ticket.claim))
      if (answer.ok && step.do === 'complete') expect(accepted.delete(ticket.id)).toBe(true)
    } else if (step.do === 'wait') await clock.advance(step.ms)
    else if (step.do === 'kill') kill(step.process)
    else if (step.do === 'kill_holder') await killHolder(step.holder)
    else {
      kill(step.process)
      await killHolder(step.holder)
    }
  }
  const holds = async (): Promise<void> => {
    const { queued, delayed, taken, dead } = await dispatcher.counts()
    expect(taken).toBe(inHands.size)
    for (let index = 0; index < LIMITS.coordinators; index++) {
      const here = [...inHands.values()].filter(({ ticket }) => ticket.coordinator === index)
      expect(here.length).toBeLessThanOrEqual(LIMITS.inFlightMax)
    }
    expect(queued + delayed + dead + taken).toBe(accepted.size)
    expect(queued + delayed + dead).toBeLessThanOrEqual(
      (LIMITS.queueMax + LIMITS.inFlightMax) * LIMITS.coordinators,
    )
  }
  for (const step of plan) {
    await run(step)
    await settle()
    await holds()
  }
  for (const holder of probes.keys()) await killHolder(holder)
  await finish(dispatcher, probes[0]?.pid ?? runtime.root, accepted, clock.advance)
  for (const times of goneMs.values()) keepsRate(times)
  await runtime.stop()
}

/** Whatever was accepted can be finished after all, each batch once. */
async function finish(
  dispatcher: Dispatcher<number>,
  holder: Pid,
  accepted: Set<string>,
  advance: (ms: number) => Promise<void>,
): Promise<void> {
  for (const { id, key } of await dispatcher.deadBatches()) await dispatcher.revive({ id, key })
  for (let tries = 0; accepted.size > 0 && tries < 200; tries++) {
    const taken = await dispatcher.take(holder)
    if (!taken.ok) await advance(1_000)
    else if ((await dispatcher.complete(taken.value)).ok) expect(accepted.delete(taken.value.id)).toBe(true)
  }
  expect([...accepted]).toEqual([])
}

function keepsRate(times: readonly number[]): void {
  for (const [from, startMs] of times.entries()) {
    for (const [to, endMs] of times.entries()) {
      if (to < from) continue
      expect(to - from + 1).toBeLessThanOrEqual(
        RATE.allowed + 1e-6 + ((endMs - startMs) * RATE.allowed) / RATE.intervalMs,
      )
    }
  }
}

test('whatever crashes: nothing is lost, nothing is done twice, and no limit is exceeded', async () => {
  await fc.assert(fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 60 }), walk), {
    seed: 20_261_120,
    numRuns: 300,
  })
}, 60_000)
