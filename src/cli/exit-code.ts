import { CommanderError } from 'commander'
import { ClientError } from '../client/index.ts'
import { Problem } from '../kernel/index.ts'
import { Interrupted } from './shell.ts'

/** How the program ends; stable, scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** Something went wrong, or a watched build failed. */
  error: 1,
  /** The command line, the configuration or the environment says something impossible. */
  usage: 2,
  notFound: 3,
  /** The thing is not in a state that allows it. */
  conflict: 4,
  timeout: 124,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const

/** Codes of problems that are not simply an error, ours and the server's. */
const BY_CODE: Readonly<Record<string, number>> = {
  invalid_config: EXIT.usage,
  invalid_usage: EXIT.usage,
  key_not_given: EXIT.usage,
  not_found: EXIT.notFound,
  already_finished: EXIT.conflict,
  not_completed: EXIT.conflict,
  file_exists: EXIT.conflict,
  work_dir_busy: EXIT.conflict,
  timeout: EXIT.timeout,
}

/** The exit code that stands for a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof Interrupted) return error.signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
  if (error instanceof Problem) return BY_CODE[error.code] ?? EXIT.error
  if (error instanceof ClientError) return BY_CODE[error.code] ?? byStatus(error.status)
  return EXIT.error
}

function byStatus(status: number): number {
  if (status === 404) return EXIT.notFound
  return status === 409 ? EXIT.conflict : EXIT.error
}
