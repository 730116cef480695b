import { defineEvent } from '../kernel/index.ts'

/** The farm knows this worker; again after each restart and whenever its token ran out. */
export const AgentRegistered = defineEvent<{ readonly workerId: string; readonly known: boolean }>(
  'agent.registered',
)

/** The server does not answer; the agent tries again in `delayMs`. */
export const ServerAway = defineEvent<{ readonly cause: string; readonly delayMs: number }>(
  'agent.server.away',
)

/** The server answers again. */
export const ServerBack = defineEvent<Record<never, never>>('agent.server.back')

/** A build was taken. */
export const AttemptStarted = defineEvent<{ readonly buildId: string; readonly attempt: number }>(
  'agent.attempt.started',
)

/** A build is out of hands: `detail` is the artefact's name, the error, or why it is not ours any more. */
export const AttemptEnded = defineEvent<{
  readonly buildId: string
  readonly attempt: number
  readonly state: 'completed' | 'failed' | 'lost'
  readonly detail: string
}>('agent.attempt.ended')
