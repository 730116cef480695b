import { type Clock, Problem } from '../kernel/index.ts'
import {
  type ChildSpec,
  type Down,
  type Exit,
  type ExitReason,
  formatExit,
  type Pid,
  type ProcessContext,
  type Runtime,
  type StartOutcome,
} from '../otp/index.ts'

/** Restarts of the whole tree within a minute; one more ends the node. */
const RESTARTS_MAX = 5
const WINDOW_MS = 60_000
const STOP = 'stop'

/** What keeps the root of the tree alive. */
export interface Heart {
  /** Resolves when the tree has ended for good, with why. */
  readonly ended: Promise<ExitReason>
  /** Stops the tree in order; `ended` then resolves with `shutdown`. */
  stop(): void
}

/**
 * Starts the root supervisor, and starts it again when it dies: here every
 * escalation ends. A tree that dies too often ends the node, and whoever runs
 * the process decides what comes next.
 *
 * Rejects with the `Problem` that kept the tree from starting the first time.
 */
export function startHeart(runtime: Runtime, root: ChildSpec): Promise<Heart> {
  return new Promise((resolve, reject) => {
    const pid = runtime.spawn(
      async (ctx) => {
        ctx.trapExit(true)
        const first = await root.start({ runtime, parent: ctx.self })
        if (first.status !== 'started') return reject(startProblem(first))
        await new Promise<void>((finished) => {
          const ended = beat(ctx, root, first.pid).finally(finished)
          resolve({ ended, stop: () => runtime.send(pid, STOP) })
        })
      },
      { module: 'app.heart', link: runtime.root },
    )
  })
}

async function beat(ctx: ProcessContext, root: ChildSpec, first: Pid): Promise<ExitReason> {
  const restarts = restartBudget(ctx.runtime.clock)
  let tree = first
  for (;;) {
    const message = await ctx.receive()
    if (message === STOP) return stopTree(ctx, tree)
    if (!isExitOf(message, tree)) continue
    if (!restarts.spend()) return message.reason
    await offspringGone(ctx, tree)
    const next = await root.start({ runtime: ctx.runtime, parent: ctx.self })
    if (next.status !== 'started') return startProblem(next)
    tree = next.pid
  }
}

/** A tree that lost its root still winds down, in order; its names and its port are free only then. */
async function offspringGone(ctx: ProcessContext, tree: Pid): Promise<void> {
  const { runtime } = ctx
  const orphans = runtime.processes().filter((pid) => runtime.processInfo(pid)?.ancestors.includes(tree))
  for (const orphan of orphans) ctx.monitor(orphan)
  for (const _ of orphans) await ctx.receive(isDown)
}

async function stopTree(ctx: ProcessContext, tree: Pid): Promise<ExitReason> {
  ctx.exit(tree, 'shutdown')
  await ctx.receive((message): message is Exit => isExitOf(message, tree))
  return 'shutdown'
}

const isDown = (message: unknown): message is Down => (message as Partial<Down> | undefined)?.type === 'DOWN'

function isExitOf(message: unknown, pid: Pid): message is Exit {
  const exit = message as Partial<Exit> | undefined
  return exit?.type === 'EXIT' && exit.from === pid
}

/** A sliding window over the restarts of the last minute. */
function restartBudget(clock: Clock): { spend(): boolean } {
  let spent: number[] = []
  return {
    spend() {
      const nowMs = clock.monotonicMs()
      spent = [...spent.filter((at) => nowMs - at < WINDOW_MS), nowMs]
      return spent.length <= RESTARTS_MAX
    },
  }
}

/** The reason in terms of the user: the `Problem` somewhere inside, if there is one. */
export function startProblem(outcome: StartOutcome): Problem {
  const reason: ExitReason = outcome.status === 'failed' ? outcome.reason : outcome.status
  const cause = problemIn(reason)
  if (cause) return cause
  return new Problem('start_failed', `The node did not start: ${formatExit(reason)}`, { cause: reason })
}

function problemIn(value: unknown, depth = 0): Problem | undefined {
  if (value instanceof Problem) return value
  if (typeof value !== 'object' || value === null || depth > 8) return undefined
  const inner = value instanceof Error ? [value.cause, ...Object.values(value)] : Object.values(value)
  return inner.map((part) => problemIn(part, depth + 1)).find((found) => found !== undefined)
}
