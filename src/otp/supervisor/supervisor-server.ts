import { err, ok, type Result } from '../../kernel/index.ts'
import type { Context } from '../context.ts'
import { ExitSignal, type Pid } from '../pid.ts'
import { defineServer } from '../server/define-server.ts'
import { failInit, noreply, reply, stop } from '../server/results.ts'
import { AlreadyStarted } from '../server/start.ts'
import { Child, childInfo, countChildren } from './child.ts'
import { Retry, type Verdict } from './child-keeper.ts'
import { type ChildSpec, type StartOutcome, specProblem } from './child-spec.ts'
import { type StartChildResult, startResult } from './start-child.ts'
import { type SupervisorOptions, SupervisorState } from './supervisor-state.ts'

/** Why a child cannot be restarted or deleted now. */
type Busy = 'running' | 'restarting' | 'not_found'

/** The process of a supervisor: traps exits and keeps its children as the options say. */
export const SupervisorServer = defineServer({
  name: 'supervisor',
  init: async (options: SupervisorOptions, ctx: Context) => {
    ctx.trapExit(true)
    const state = new SupervisorState(options, ctx)
    const failed = await state.startAll(state.children)
    if (!failed) return state
    await state.stopAll(state.children.slice(0, state.children.indexOf(failed.child)))
    const { child, reason } = failed
    return failInit({ shutdown: { failed_to_start_child: child.spec.id, reason } })
  },
  calls: {
    startChild: async (state, spec: ChildSpec) => reply(await addChild(state, spec), state),
    terminateChild: async (state, id: string) => reply(await terminateChild(state, id), state),
    restartChild: async (state, id: string) => reply(await restartChild(state, id), state),
    deleteChild: (state, id: string) => reply(deleteChild(state, id), state),
    whichChildren: (state) => reply(state.children.map(childInfo).toReversed(), state),
    countChildren: (state) => reply(countChildren(state.children), state),
    getChildSpec: (state, id: string) => reply(state.byId(id)?.spec, state),
  },
  info: async (state, message) => {
    const verdict = await verdictOn(state, message)
    return verdict === 'go_on' ? noreply(state) : stop('shutdown', state)
  },
  terminate: (_reason, state) => state.stopAll(state.children),
  codeChange: (state: SupervisorState, options: SupervisorOptions) => state.reconfigure(options),
})

/** Signals of strangers and junk change nothing. */
async function verdictOn(state: SupervisorState, message: unknown): Promise<Verdict> {
  if (message instanceof Retry) return state.retry(message)
  const child = message instanceof ExitSignal ? state.byPid(message.from) : undefined
  return child ? state.ended(child, (message as ExitSignal).reason) : 'go_on'
}

async function addChild(state: SupervisorState, spec: ChildSpec): Promise<StartChildResult> {
  const problem = specProblem(spec, state.autoShutdown !== 'never')
  if (problem) return { ...err('invalid_child_spec', problem.message), pid: undefined, cause: problem }
  const known = state.byId(spec.id)
  if (known) return alreadyThere(known)
  const child = new Child(spec)
  state.children = [...state.children, child]
  const outcome = await state.keeper.start(child)
  const dropped = outcome.status === 'ignored' && spec.restart === 'temporary'
  if (outcome.status === 'failed' || dropped) state.forget(child)
  return startResult(outcome)
}

function alreadyThere({ pid, spec }: Child): StartChildResult {
  return pid
    ? startResult({ status: 'failed', reason: new AlreadyStarted(pid) })
    : {
        ...err('already_present', `child "${spec.id}" exists; restart or delete it`),
        pid,
        cause: 'already_present',
      }
}

async function terminateChild(state: SupervisorState, id: string): Promise<Result<void, 'not_found'>> {
  const child = state.byId(id)
  if (!child) return err('not_found', `no child "${id}"`)
  await state.stopAll([child])
  return ok()
}

async function restartChild(
  state: SupervisorState,
  id: string,
): Promise<Result<Pid | undefined, Busy | 'start_failed'>> {
  const child = state.byId(id)
  if (child?.status !== 'stopped') return err(child?.status ?? 'not_found')
  const outcome: StartOutcome = await state.keeper.start(child)
  if (outcome.status === 'failed') return err('start_failed')
  return ok(child.pid)
}

function deleteChild(state: SupervisorState, id: string): Result<void, Busy> {
  const child = state.byId(id)
  if (child?.status !== 'stopped') return err(child?.status ?? 'not_found')
  state.forget(child)
  return ok()
}
