import { ClientError } from '../client/index.ts'
import type { Job } from '../contract/index.ts'
import { emit } from '../kernel/index.ts'
import { after, type Context, continueWith, defineServer, noreply, stop } from '../otp/index.ts'
import { AttemptEnded, AttemptStarted } from './agent.events.ts'
import { type AgentOptions, KILL_GRACE_MS } from './agent-options.ts'
import { type AttemptOutcome, attemptBuild } from './build-steps.ts'
import { mayPass } from './retry.ts'
import type { Workspace } from './workspace.ts'

/** What an attempt needs. */
export interface AttemptArgs {
  readonly job: Job
  readonly options: AgentOptions
  readonly workspace: Workspace
}

interface State extends AttemptArgs {
  /** Stops the work; its reason says why. */
  readonly abort: AbortController
  /** Settles when nothing of the work is left, its folder included. Never rejects. */
  readonly work: Promise<void>
  /** When the server last answered a sign of life, on the monotonic clock, counted from its sending. */
  readonly heardMs: number
}

/** Least wait for the answer to a sign of life, also when the next one would be due. */
const BEAT_ANSWER_MIN_MS = 1_000

/** Time to end in an orderly way: the command's grace and the removal of its folder. */
export const ATTEMPT_SHUTDOWN_MS = KILL_GRACE_MS + 10_000

interface Done {
  readonly type: 'done'
  readonly outcome: AttemptOutcome | { readonly state: 'lost'; readonly error: string }
}

/** The work met a bug of ours. */
interface Crashed {
  readonly type: 'crashed'
  readonly cause: unknown
}

/**
 * One attempt at one build: does the work and keeps its lease.
 *
 * Stops the work when the server says that the build is not ours, and when the lease must have
 * run out because the server stayed away; until then it builds on without the server. A crash
 * of this process ends the command and removes the folder; the farm gives the build to
 * somebody else when the lease ends, or at once when the agent registers again.
 */
export const AttemptServer = defineServer({
  name: 'agent.attempt',
  init: (args: AttemptArgs, ctx): State => {
    const { job, options } = args
    ctx.trapExit(true)
    emit(AttemptStarted, { buildId: job.id, attempt: job.attempt })
    const abort = new AbortController()
    return { ...args, abort, work: begin(args, abort, ctx), heardMs: options.clock.monotonicMs() }
  },
  start: () => continueWith('beat', undefined),
  continues: { beat },
  info: {
    beat,
    done(state, { outcome }: Done) {
      tell(state.job, outcome.state, outcome.state === 'completed' ? outcome.artifact : outcome.error)
      return stop('normal', state)
    },
    crashed(_state, { cause }: Crashed) {
      throw cause
    },
  },
  async terminate(reason, { job, abort, work }) {
    abort.abort(new Error('the worker stopped'))
    await work
    if (reason !== 'normal') tell(job, 'lost', 'the worker stopped; the farm hands it out again')
  },
})

function tell({ id: buildId, attempt }: Job, state: Done['outcome']['state'], detail: string): void {
  emit(AttemptEnded, { buildId, attempt, state, detail })
}

/** Runs beside the mailbox, so that signs of life and orders to stop are heard meanwhile. */
function begin(
  { job, options, workspace }: AttemptArgs,
  abort: AbortController,
  ctx: Context,
): Promise<void> {
  const { self, runtime } = ctx
  const folder = workspace.folderFor(job.id, job.attempt)
  const signal = AbortSignal.any([abort.signal, ctx.signal])
  const work = async (): Promise<Done['outcome']> => {
    try {
      return await attemptBuild({ job, options, folder, signal })
    } catch (cause) {
      if (!signal.aborted && !(cause instanceof ClientError)) throw cause
      return { state: 'lost', error: cause instanceof Error ? cause.message : String(cause) }
    } finally {
      // What cannot be removed now is removed at the next start.
      await folder.remove().catch(() => undefined)
    }
  }
  return work().then(
    (outcome) => runtime.send(self, { type: 'done', outcome } satisfies Done),
    (cause: unknown) => runtime.send(self, { type: 'crashed', cause } satisfies Crashed),
  )
}

async function beat(state: State, _message: unknown, ctx: Context) {
  const { job, options, abort } = state
  const { heartbeatMs } = options
  const next = after(heartbeatMs, 'beat')
  if (abort.signal.aborted) return noreply(state)
  const sentMs = options.clock.monotonicMs()
  try {
    const signal = AbortSignal.any([
      ctx.signal,
      AbortSignal.timeout(Math.max(heartbeatMs, BEAT_ANSWER_MIN_MS)),
    ])
    await options.workers.heartbeat(job, undefined, signal)
    return noreply({ ...state, heardMs: sentMs }, next)
  } catch (cause) {
    if (!mayPass(cause) && !isTimeout(cause)) abort.abort(cause)
    else if (sentMs - state.heardMs > job.lease_ms)
      abort.abort(new Error('the server stayed away longer than the lease'))
    return noreply(state, next)
  }
}

const isTimeout = (cause: unknown): boolean => cause instanceof Error && cause.name === 'TimeoutError'
