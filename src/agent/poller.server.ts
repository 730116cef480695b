import { ClientError } from '../client/index.ts'
import type { PollReply } from '../contract/index.ts'
import { emit } from '../kernel/index.ts'
import {
  after,
  type Context,
  continueWith,
  type Down,
  DynamicSupervisor,
  defineServer,
  isClean,
  noreply,
  type Pid,
  type Runtime,
  stop,
} from '../otp/index.ts'
import { AgentRegistered, ServerAway, ServerBack } from './agent.events.ts'
import { type AgentOptions, POLL_WAIT_SECONDS } from './agent-options.ts'
import { ATTEMPT_SHUTDOWN_MS, AttemptServer } from './attempt.server.ts'
import { enrol } from './enrol.ts'
import { mayPass, pauseMs } from './retry.ts'
import type { Workspace } from './workspace.ts'

/** What the poller needs. */
export interface PollerArgs {
  readonly options: AgentOptions
  readonly workspace: Workspace
  /** The dynamic supervisor that attempts run under. */
  readonly attempts: string
  /** Told when the server will not have this agent, whatever it does. */
  readonly onRefused: (cause: Error) => void
}

interface State extends PollerArgs {
  /** Proves to the server who polls; without one the agent registers first. */
  readonly token: string | undefined
  /** The attempt under way; one at a time. */
  readonly attempt: Pid | undefined
  /** Calls that failed in a row. */
  readonly failures: number
  /** The server did not answer when it was asked last. */
  readonly away: boolean
}

/** A server that does not wait as it was asked to is not asked more often than this. */
const LEAST_PAUSE_MS = 1_000

/**
 * Asks the farm for one build after the other.
 *
 * Owns the worker token; a crash registers anew under the same id and leaves the attempt under way
 * alone. Refused for good (a wrong key), it says so and ends.
 */
export const Poller = defineServer({
  name: 'agent.poller',
  init: async (args: PollerArgs, ctx): Promise<State> => {
    const [attempt] = await runningAttempts(args.attempts, ctx.runtime)
    if (attempt) ctx.monitor(attempt)
    return { ...args, token: undefined, attempt, failures: 0, away: false }
  },
  start: () => continueWith('ask'),
  continues: { ask: (state, _argument, ctx) => ask(state, ctx) },
  info: {
    ask: (state, _message, ctx) => ask(state, ctx),
    DOWN: (state, down) => attemptEnded(state, down),
  },
})

/** After a crash the farm hears by the registration that nobody builds any more. */
function attemptEnded(state: State, { reason }: Down) {
  const token = isClean(reason) ? state.token : undefined
  return noreply({ ...state, attempt: undefined, token }, continueWith('ask'))
}

/** The attempts under way under that supervisor; being temporary, they never restart. */
export async function runningAttempts(supervisor: string, runtime: Runtime): Promise<readonly Pid[]> {
  const children = await DynamicSupervisor.whichChildren(supervisor, runtime)
  return children.flatMap(({ pid }) => (typeof pid === 'object' ? [pid] : []))
}

async function ask(state: State, ctx: Context) {
  if (state.attempt !== undefined) return noreply(state)
  const { clock, workers } = state.options
  const askedMs = clock.monotonicMs()
  try {
    if (state.token === undefined)
      return noreply({ ...state, token: await register(state) }, continueWith('ask'))
    const reply = await workers.poll(state.token, { waitSeconds: POLL_WAIT_SECONDS, signal: ctx.signal })
    if (state.away) emit(ServerBack, {})
    const next = { ...state, token: reply.access_token, failures: 0, away: false }
    if (reply.job !== null) return noreply({ ...next, attempt: await begin(next, reply.job, ctx) })
    const spentMs = clock.monotonicMs() - askedMs
    return noreply(next, after(Math.max(0, LEAST_PAUSE_MS - spentMs), 'ask'))
  } catch (cause) {
    return recover(state, cause)
  }
}

async function register(state: State): Promise<string> {
  const { id, access_token: token, status } = await enrol(state.options, state.workspace.workerId)
  emit(AgentRegistered, { workerId: id, known: status === 're-registered' })
  return token
}

async function begin(
  { attempts, options, workspace }: State,
  job: NonNullable<PollReply['job']>,
  ctx: Context,
): Promise<Pid | undefined> {
  const spec = AttemptServer.child(
    { job, options, workspace },
    { restart: 'temporary', shutdown: ATTEMPT_SHUTDOWN_MS },
  )
  const started = await DynamicSupervisor.startChild(attempts, spec, ctx.runtime)
  if (!started.ok) throw new Error(`The attempt did not start: ${started.message}`)
  if (started.value) ctx.monitor(started.value)
  return started.value
}

/** Registers again, waits, or gives up for good. Bugs crash. */
function recover(state: State, cause: unknown) {
  if (!(cause instanceof ClientError)) throw cause
  const next = { ...state, failures: state.failures + 1 }
  const delayMs = pauseMs(state.failures, state.options.random())
  if (isForgotten(cause) && state.token !== undefined) {
    return noreply({ ...next, token: undefined }, after(state.failures === 0 ? 0 : delayMs, 'ask'))
  }
  if (mayPass(cause)) {
    if (!state.away) emit(ServerAway, { cause: cause.message, delayMs })
    return noreply({ ...next, away: true }, after(delayMs, 'ask'))
  }
  state.onRefused(cause)
  return stop('normal', next)
}

/** The token ran out during a build, or the server lost its memory of this worker. */
const isForgotten = ({ status }: ClientError): boolean => status === 401 || status === 404
