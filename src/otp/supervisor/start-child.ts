import type { Err, Ok } from '../../kernel/index.ts'
import { type ExitReason, formatExit } from '../exit.ts'
import type { Pid } from '../pid.ts'
import { AlreadyStarted } from '../server/start.ts'
import type { StartOutcome } from './child-spec.ts'

/** Why a supervisor did not take a child. */
export type StartChildReason =
  | 'already_started'
  | 'already_present'
  | 'invalid_child_spec'
  | 'max_children'
  | 'start_failed'

/** A started child; its pid is undefined when `init` declined. */
export type StartChildResult =
  | Ok<Pid | undefined>
  | (Err<StartChildReason> & {
      /** The process that is there already, for `already_started`. */
      readonly pid: Pid | undefined
      /** The exit reason of the failed start. */
      readonly cause: ExitReason
    })

/** How a start reads for the one who asked the supervisor. */
export function startResult(outcome: StartOutcome): StartChildResult {
  if (outcome.status === 'started') return { ok: true, value: outcome.pid }
  if (outcome.status === 'ignored') return { ok: true, value: undefined }
  const { reason: cause } = outcome
  const pid = cause instanceof AlreadyStarted ? cause.already_started : undefined
  const reason = pid ? 'already_started' : 'start_failed'
  return { ok: false, reason, message: formatExit(cause), pid, cause }
}
