import {
  type Pid,
  type ProcessInfo,
  type Runtime,
  type RuntimeOptions,
  supervisionTree,
} from '../otp/index.ts'
import { settle } from './settle.ts'
import { type TestRuntime, testRuntime } from './test-runtime.ts'

/** What lives in a runtime at one moment. */
export interface Snapshot {
  readonly processes: readonly ProcessInfo[]
  /** Timers of the clock that wait; only a virtual clock can tell. */
  readonly timers: number
}

/** What is there now and was not before. */
export interface Leaks {
  readonly processes: readonly ProcessInfo[]
  readonly timers: number
  /** Links between a process that is left and one that was there before. */
  readonly links: readonly (readonly [Pid, Pid])[]
}

/** Takes note of all processes and timers; settles first, so that what is ending has ended. */
export async function snapshot(runtime: Runtime): Promise<Snapshot> {
  await settle()
  const processes = runtime.processes().flatMap((pid) => runtime.processInfo(pid) ?? [])
  const { clock } = runtime
  return { processes, timers: 'pending' in clock ? Number(clock.pending) : 0 }
}

/** What has come to stay since `before`. */
export async function leaksSince(runtime: Runtime, before: Snapshot): Promise<Leaks> {
  const now = await snapshot(runtime)
  const known = new Set(before.processes.map(({ pid }) => pid))
  const processes = now.processes.filter(({ pid }) => !known.has(pid))
  const strangers = new Set(processes.map(({ pid }) => pid))
  return {
    processes,
    timers: Math.max(0, now.timers - before.timers),
    links: processes.flatMap(({ pid, links }) =>
      links.filter((peer) => !strangers.has(peer)).map((peer) => [pid, peer] as const),
    ),
  }
}

/** Throws with a list when processes, links or timers were left since `before`. */
export async function assertNoLeaks(runtime: Runtime, before: Snapshot): Promise<void> {
  const { processes, timers, links } = await leaksSince(runtime, before)
  const found = [
    ...processes.map(({ pid, module, name }) => `process ${pid.id} (${name ?? module})`),
    ...links.map(([from, to]) => `link ${from.id} - ${to.id}`),
    ...(timers > 0 ? [`${timers} timer${timers > 1 ? 's' : ''}`] : []),
  ]
  if (found.length > 0) throw new Error(`left behind: ${found.join(', ')}`)
}

/** The names and modules of a supervision tree, without what changes from run to run. */
export async function treeShape(runtime: Runtime, supervisor: Pid | string): Promise<Shape> {
  return shapeOf(await supervisionTree(runtime, supervisor))
}

/** A process and its children: `{ root: { worker: {} } }`. */
export interface Shape {
  readonly [id: string]: Shape
}

function shapeOf(node: Awaited<ReturnType<typeof supervisionTree>>): Shape {
  const children = (node.children ?? []).flatMap((child) => Object.entries(shapeOf(child)))
  return { [node.id]: Object.fromEntries(children) }
}

/**
 * Runs a test with a runtime of its own on virtual time, stops that, and throws when
 * anything is left. Works with every test runner.
 */
export async function withRuntime<T>(
  work: (world: TestRuntime) => T | Promise<T>,
  options: Omit<RuntimeOptions, 'clock' | 'logger'> = {},
): Promise<T> {
  const world = testRuntime(options)
  const before = await snapshot(world.runtime)
  let result: T
  try {
    result = await work(world)
  } finally {
    await stopInVirtualTime(world)
  }
  await assertNoLeaks(world.runtime, before)
  return result
}

/** Grace periods pass in virtual time: a child that does not end is killed when its time is over. */
async function stopInVirtualTime({ runtime, clock }: TestRuntime): Promise<void> {
  let stopped = false
  const stopping = runtime.stop().then(() => {
    stopped = true
  })
  await settle()
  while (!stopped && clock.pending > 0) await clock.advance(GRACE_STEP_MS)
  await stopping
}

const GRACE_STEP_MS = 1_000
