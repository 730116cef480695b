import { err, ok, type Result } from '../../kernel/index.ts'
import type { Context } from '../context.ts'
import { type ExitReason, isClean } from '../exit.ts'
import { ExitSignal, type Pid } from '../pid.ts'
import { defineServer } from '../server/define-server.ts'
import { noreply, reply, stop } from '../server/results.ts'
import { Child, childInfo, countChildren } from './child.ts'
import { ChildKeeper, Retry, type Verdict } from './child-keeper.ts'
import { type ChildSpec, type StartOutcome, specProblem } from './child-spec.ts'
import type { RestartLimits } from './restart-window.ts'
import { type StartChildResult, startResult } from './start-child.ts'

/** What a dynamic supervisor is made of. */
export interface DynamicOptions extends RestartLimits {
  /** Most children at once, running or restarting; without a limit by default. */
  readonly maxChildren?: number | undefined
}

/** Its children, each on its own: the strategy is always one_for_one. */
export class DynamicState {
  /** Running and restarting, in start order. */
  readonly children = new Set<Child>()
  readonly keeper: ChildKeeper
  readonly maxChildren: number
  private readonly byPid = new Map<Pid, Child>()

  constructor({ maxChildren = Number.POSITIVE_INFINITY, ...limits }: DynamicOptions, ctx: Context) {
    this.keeper = new ChildKeeper(ctx, limits)
    this.maxChildren = maxChildren
  }

  /** Starts a child for the first time or anew, and keeps it when it runs. */
  async start(child: Child, restartFor?: ExitReason): Promise<StartOutcome> {
    const outcome = await this.keeper.start(child, restartFor)
    if (outcome.status !== 'started') return outcome
    this.children.add(child)
    this.byPid.set(outcome.pid, child)
    return outcome
  }

  /** Takes the child that runs as `pid`: from now on that pid is not known any more. */
  take(pid: Pid): Child | undefined {
    const child = this.byPid.get(pid)
    this.byPid.delete(pid)
    return child
  }
}

/** The process of a dynamic supervisor. */
export const DynamicServer = defineServer({
  name: 'dynamic_supervisor',
  init: (options: DynamicOptions, ctx: Context) => {
    ctx.trapExit(true)
    return new DynamicState(options, ctx)
  },
  calls: {
    startChild: async (state, spec: ChildSpec) => reply(await addChild(state, spec), state),
    terminateChild: async (state, pid: Pid) => reply(await terminateChild(state, pid), state),
    whichChildren: (state) => reply([...state.children].map(childInfo), state),
    countChildren: (state) => reply(countChildren([...state.children]), state),
  },
  info: async (state, message) => {
    const verdict = await verdictOn(state, message)
    return verdict === 'go_on' ? noreply(state) : stop('shutdown', state)
  },
  terminate: (_reason, { children, keeper }) => Promise.all([...children].map((child) => keeper.stop(child))),
})

/** What a message means for the children: their exits, and restarts that wait. */
export async function verdictOn(state: DynamicState, message: unknown): Promise<Verdict> {
  if (message instanceof Retry) return retry(state, message)
  const child = message instanceof ExitSignal ? state.take(message.from) : undefined
  return child ? ended(state, child, (message as ExitSignal).reason) : 'go_on'
}

async function addChild(state: DynamicState, spec: ChildSpec): Promise<StartChildResult> {
  const problem = specProblem(spec, false)
  if (problem) return { ...err('invalid_child_spec', problem.message), pid: undefined, cause: problem }
  const { maxChildren } = state
  if (state.children.size >= maxChildren) {
    return {
      ...err('max_children', `${maxChildren} children run already`),
      pid: undefined,
      cause: 'max_children',
    }
  }
  return startResult(await state.start(new Child(spec)))
}

async function terminateChild(state: DynamicState, pid: Pid): Promise<Result<void, 'not_found'>> {
  const child = state.take(pid)
  if (!child) return err('not_found', `no child ${pid.id}`)
  state.children.delete(child)
  await state.keeper.stop(child)
  return ok()
}

async function ended(state: DynamicState, child: Child, reason: ExitReason): Promise<Verdict> {
  const { restart } = child.spec
  const clean = isClean(reason)
  child.stopped('stopped')
  if (restart === 'permanent' || !clean) state.keeper.report(child, 'child_terminated', reason)
  if (restart === 'permanent' || (restart === 'transient' && !clean))
    return restartChild(state, child, reason)
  state.children.delete(child)
  return 'go_on'
}

async function retry(state: DynamicState, { child, reason, counted }: Retry): Promise<Verdict> {
  if (!state.children.has(child)) return 'go_on'
  return counted ? startAgain(state, child, reason) : restartChild(state, child, reason)
}

async function restartChild(state: DynamicState, child: Child, reason: ExitReason): Promise<Verdict> {
  return state.keeper.restart(child, reason, () => startAgain(state, child, reason))
}

/** A child whose `init` now declines is forgotten, unlike a supervisor's. */
async function startAgain(state: DynamicState, child: Child, reason: ExitReason): Promise<Verdict> {
  const outcome = await state.start(child, reason)
  if (outcome.status === 'failed') state.keeper.retryLater(child, reason)
  if (outcome.status === 'ignored') state.children.delete(child)
  return 'go_on'
}
