import { Problem } from '../kernel/index.ts'
import type { RestartLimits } from '../otp/index.ts'
import { type BackoffPolicy, limitProblem, type RateLimit } from '../schedule/index.ts'
import type { Thresholds } from './mailbox-health.ts'

/** What one coordinator lets in and out. */
export interface CoordinatorLimits {
  /** Most batches that wait, delayed and dead ones included; one more is `queue_full`. 1000 by default. */
  readonly queueMax: number
  /** Most batches in hands at once; one more is `backpressure`. 10 by default. */
  readonly inFlightMax: number
  /**
   * What happens to new batches while `inFlightMax` are in hands: `refuse` tells
   * the producer `backpressure` at once (the default), `queue` lets them in up to `queueMax`.
   */
  readonly whenSaturated: 'refuse' | 'queue'
  /** Tries before a batch is dead; 5 by default. */
  readonly attemptsMax: number
  /** The pauses between its tries: 1 s, doubling up to 1 min, by default. */
  readonly backoff: BackoffPolicy
  /** How often batches of a key may be handed out; without a limit by default. */
  readonly rateLimit: ((key: string) => RateLimit | undefined) | undefined
  /** Keys whose quota is remembered before full ones are swept; 10000 by default. */
  readonly keysMax: number
  /** Chance, from 0 up to 1, for the jitter. */
  readonly random: () => number
}

/** How a dispatcher is made; whatever is left out has a default. */
export interface DispatcherOptions extends Partial<Omit<CoordinatorLimits, 'rateLimit'>>, RestartLimits {
  /** Names the dispatcher's processes: `<name>.coordinator.0` and so on. */
  readonly name: string
  /** How many coordinators share the keys; 1 by default. Limits count for each of them. */
  readonly coordinators?: number | undefined
  /** One limit for every key, or one for each. */
  readonly rateLimit?: RateLimit | ((key: string) => RateLimit | undefined) | undefined
  readonly mailbox?: Partial<Thresholds> | undefined
}

const DEFAULTS = {
  queueMax: 1_000,
  inFlightMax: 10,
  whenSaturated: 'refuse',
  attemptsMax: 5,
  backoff: { initialMs: 1_000, maxMs: 60_000 },
  keysMax: 10_000,
} as const

/** The limits with defaults filled in; throws `invalid_option` for what cannot be one. */
export function limitsOf(options: DispatcherOptions, chance: () => number): CoordinatorLimits {
  const { rateLimit } = options
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const limits = { ...DEFAULTS, random: chance, ...given } as unknown as CoordinatorLimits
  for (const field of ['queueMax', 'inFlightMax', 'attemptsMax', 'keysMax'] as const) {
    checkCount(field, limits[field])
  }
  const problem = typeof rateLimit === 'object' ? limitProblem(rateLimit) : undefined
  if (problem !== undefined) throw invalid('rateLimit', problem)
  return { ...limits, rateLimit: typeof rateLimit === 'object' ? () => rateLimit : rateLimit }
}

/** Throws `invalid_option` unless `value` is a whole number above 0. */
export function checkCount(field: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw invalid(field, `${field} must be a whole number above 0, not ${value}`)
  }
}

/** Throws `invalid_option` unless `ms` is a time from 0 up. */
export function checkPause(field: string, ms: number): void {
  if (!(ms >= 0 && Number.isFinite(ms)))
    throw invalid(field, `${field} must be milliseconds from 0 up, not ${ms}`)
}

/** A value that an option or an argument cannot have. */
export function invalid(field: string, message: string): Problem {
  return new Problem('invalid_option', message, { field, wayOut: `set ${field} to something it can be` })
}
