/**
 * What does it cost to be a real process: deadlines, links, monitors, exits,
 * fairness? Against other actors for JavaScript, doing the same work in the same
 * run, and against a bare mailbox, which is the physical limit of message
 * plumbing on one thread and not a rival.
 */
import {
  type Absent,
  type Bench,
  type Contender,
  perSecond,
  type Question,
  type Reference,
} from './harness.ts'
import { bareMailbox } from './rivals/bare-mailbox.ts'
import { effect } from './rivals/effect.ts'
import { nact } from './rivals/nact.ts'
import { quorate } from './rivals/quorate.ts'
import type { Rival } from './rivals/rival.ts'
import { xstate } from './rivals/xstate.ts'

const CALLS = 300_000
const PAIRS = 100
const IN_FLIGHT = 1_000
const CASTS = 1_000_000
const BURST = 1_000
const LARGE_BURST = 100_000
const DEPTHS = [1_000, 20_000, 200_000, 400_000]
const STARTS = 60_000
const IDLE = 20_000
const TIMER_MS = 10
const SATURATED_MS = 1_000

const RIVALS: readonly Rival[] = [nact, xstate, effect]

const NEVER_HERE: readonly Absent[] = [
  { name: 'noex', because: 'not in the npm registry (the package of that name is something else)' },
  { name: 'comedy', because: 'brings 15 packages pinned to releases of ten years ago' },
]

/** As many calls as `count` on each actor at once: the clients take turns. */
async function calls<A>(rival: Rival<A>, actors: readonly A[], count: number): Promise<number> {
  const callAll = async (goal: number): Promise<void> => {
    let left = goal
    await Promise.all(actors.map((actor) => rival.callWhile(actor, () => left-- > 0)))
  }
  await callAll(count / 10)
  return perSecond(count, () => callAll(count))
}

async function oneClient<A>(rival: Rival<A>): Promise<number> {
  return calls(rival, [await rival.start()], CALLS)
}

async function manyPairs<A>(rival: Rival<A>): Promise<number> {
  return calls(rival, await startMany(rival, PAIRS), CALLS)
}

async function manyInFlight<A>(rival: Rival<A>): Promise<number> {
  const actor = await rival.start()
  return calls(
    rival,
    Array.from({ length: IN_FLIGHT }, () => actor),
    CALLS,
  )
}

async function startMany<A>(rival: Rival<A>, count: number): Promise<readonly A[]> {
  const actors: A[] = []
  for (let n = 0; n < count; n++) actors.push(await rival.start())
  return actors
}

/** Nothing runs between two casts of a burst; the call behind them says that all were handled. */
async function casts<A>(rival: Rival<A>, burst: number): Promise<number> {
  const actor = await rival.start()
  const castAll = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += burst) {
      for (let n = 0; n < burst; n++) rival.cast(actor)
      await rival.call(actor)
    }
  }
  await castAll(CASTS / 10)
  return perSecond(CASTS, () => castAll(CASTS))
}

const NS = 1e9

/** Warmed up by as many as are measured: the compiler takes its time with starts. */
async function starts<A>(rival: Rival<A>): Promise<number> {
  const startAndStopAll = async (): Promise<void> => {
    for (let n = 0; n < STARTS; n++) await rival.stop(await rival.start())
  }
  await startAndStopAll()
  return perSecond(STARTS, startAndStopAll)
}

async function bytesEach<A>(rival: Rival<A>): Promise<number> {
  const warm = await startMany(rival, 1_000)
  const before = heapUsed()
  const idle = await startMany(rival, IDLE)
  const bytes = (heapUsed() - before) / idle.length
  return warm.length > 0 ? bytes : Number.NaN
}

function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** The share of a timer's ticks that still come while somebody calls without a pause. */
async function ticksKept<A>(rival: Rival<A>): Promise<number> {
  const actor = await rival.start()
  let ticks = 0
  const timer = setInterval(() => ticks++, TIMER_MS)
  const untilMs = performance.now() + SATURATED_MS
  await rival.callWhile(actor, () => performance.now() < untilMs)
  clearInterval(timer)
  return ticks / (SATURATED_MS / TIMER_MS)
}

/** Everybody who can do this work: ours first, the limit last. */
function among(
  sample: <A>(rival: Rival<A>) => Promise<number>,
  rivals: readonly Rival[] = RIVALS,
): readonly [Contender, ...Contender[]] {
  const side = (rival: Rival): Contender => ({
    name: rival.name,
    note: rival.note,
    sample: () => sample(rival),
  })
  return [side(quorate), ...rivals.map(side), side(bareMailbox)]
}

/** Measured with Erlang's own processes on the same kind of machine, not in this run. */
const beam = (oneScheduler: number, twoSchedulers: number): readonly Reference[] => [
  { name: 'BEAM, one scheduler', value: oneScheduler },
  { name: 'BEAM, two schedulers', value: twoSchedulers },
]

const callQuestions: readonly Question[] = [
  {
    title: 'call round trips, one client',
    unit: 'calls/s',
    better: 'more',
    target: 1_500_000,
    references: beam(700_000, 640_000),
    contenders: among(oneClient),
  },
  {
    title: `call round trips, ${PAIRS} pairs`,
    unit: 'calls/s',
    better: 'more',
    target: 1_600_000,
    references: beam(800_000, 550_000),
    contenders: among(manyPairs),
  },
  {
    title: `call round trips, ${IN_FLIGHT} clients of one server`,
    unit: 'calls/s',
    better: 'more',
    target: 1_100_000,
    references: beam(550_000, 340_000),
    contenders: among(manyInFlight),
  },
]

const castQuestions: readonly Question[] = [
  {
    title: `casts in bursts of ${BURST}`,
    unit: 'casts/s',
    better: 'more',
    target: 5_000_000,
    references: beam(7_800_000, 7_700_000),
    contenders: among((rival) => casts(rival, BURST)),
  },
  {
    title: `casts in bursts of ${LARGE_BURST}`,
    unit: 'casts/s',
    better: 'more',
    references: beam(8_700_000, 8_700_000),
    contenders: among((rival) => casts(rival, LARGE_BURST)),
    note: 'On one thread nobody drains while somebody fills; two schedulers of the BEAM do both at once.',
  },
]

const NOTHING_WAITS: readonly Absent[] = [
  { name: xstate.name, because: 'nothing ever waits: `send` runs the receiver at once' },
]
const WITH_MAILBOX = RIVALS.filter((rival) => rival !== xstate)

const nsPerMessage = async <A>(rival: Rival<A>, depth: number): Promise<number> =>
  NS / (await casts(rival, depth))

const depthQuestions: readonly Question[] = [
  ...DEPTHS.map(
    (depth): Question => ({
      title: `fill and drain a mailbox of ${depth}`,
      unit: 'ns/message',
      better: 'less',
      absent: NOTHING_WAITS,
      contenders: among((rival) => nsPerMessage(rival, depth), WITH_MAILBOX),
    }),
  ),
  {
    title: `cost of a message among ${DEPTHS.at(-1)} compared with among ${DEPTHS[0]}`,
    unit: 'times',
    better: 'less',
    target: 4,
    absent: NOTHING_WAITS,
    contenders: among(growth, WITH_MAILBOX),
    note: 'V8 moves twice what outlives a young collection, whoever made it; a mailbox that shifts an array has hundreds.',
  },
]

async function growth<A>(rival: Rival<A>): Promise<number> {
  const [shallow = 0, deep = 0] = [DEPTHS[0], DEPTHS.at(-1)]
  return (await nsPerMessage(rival, deep)) / (await nsPerMessage(rival, shallow))
}

export const bench: Bench = {
  about: 'A GenServer against other actors for JavaScript and against a bare mailbox, on one thread.',
  rounds: 5,
  isolated: true,
  absent: NEVER_HERE,
  questions: [
    ...callQuestions,
    ...castQuestions,
    {
      title: 'start and stop of a server',
      unit: 'servers/s',
      better: 'more',
      target: 500_000,
      references: beam(320_000, 230_000),
      contenders: among(starts),
      note: 'nact, xstate and the bare mailbox start without waiting for anybody.',
    },
    {
      title: 'heap of an idle server and the reference to it',
      unit: 'bytes',
      better: 'less',
      target: 600,
      references: beam(2_780, 2_780),
      contenders: among(bytesEach),
    },
    ...depthQuestions,
    {
      title: `ticks of a ${TIMER_MS} ms timer that survive endless calls`,
      unit: 'of all',
      better: 'more',
      target: 0.5,
      contenders: among(ticksKept),
    },
  ],
}
