import { Problem } from '../../kernel/index.ts'
import type { RestartLimits } from './restart-window.ts'

/** What a supervisor may be told about itself; each kind has its part of it. */
export interface CheckedOptions extends RestartLimits {
  readonly strategy?: unknown
  readonly autoShutdown?: unknown
  readonly maxChildren?: number | undefined
}

const STRATEGIES: readonly unknown[] = ['one_for_one', 'one_for_all', 'rest_for_one']
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'any_significant', 'all_significant']

/** Throws for options that no supervisor can follow, naming field and value; what is left out is fine. */
export function checkOptions(options: CheckedOptions): void {
  const { strategy, autoShutdown, maxRestarts = 0, maxSeconds = 1, maxChildren = 0 } = options
  if (strategy !== undefined && !STRATEGIES.includes(strategy))
    throw bad('strategy', strategy, 'use one_for_one, one_for_all or rest_for_one')
  if (autoShutdown !== undefined && !AUTO_SHUTDOWNS.includes(autoShutdown))
    throw bad('autoShutdown', autoShutdown, 'use never, any_significant or all_significant')
  if (!isCount(maxRestarts)) throw bad('maxRestarts', maxRestarts, 'give a whole number from 0 up')
  if (!(maxSeconds > 0)) throw bad('maxSeconds', maxSeconds, 'give seconds, more than 0')
  if (!isCount(maxChildren)) throw bad('maxChildren', maxChildren, 'give a whole number from 0 up')
}

function isCount(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 0)
}

function bad(field: string, value: unknown, wayOut: string): Problem {
  return new Problem('invalid_supervisor', `a supervisor cannot have ${field} ${String(value)}`, {
    field,
    wayOut,
  })
}
