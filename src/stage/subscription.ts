import { err, ok, type Result } from '../kernel/index.ts'
import type { PartitionName } from './partitions.ts'

/** What becomes of a consumer when a producer ends or cancels. */
export type CancelMode = 'permanent' | 'transient' | 'temporary'

/** How to subscribe. Counts are events. */
export interface SubscribeOptions<E = never> {
  /** Most events asked for and not handled; 1000 by default. */
  readonly maxDemand?: number | undefined
  /** Outstanding demand at which more is asked for; half of `maxDemand` by default. */
  readonly minDemand?: number | undefined
  /**
   * `permanent` (default): the consumer exits with the producer's reason;
   * `transient`: only if that is not clean; `temporary`: it stays.
   */
  readonly cancel?: CancelMode | undefined
  /** Which partition of a partition dispatcher. */
  readonly partition?: PartitionName | undefined
  /** Which events of a broadcast dispatcher; the others cost no demand. */
  readonly selector?: ((event: E) => boolean) | undefined
}

/** The options with everything decided. */
export interface DemandOptions {
  readonly max: number
  readonly min: number
  readonly cancel: CancelMode
}

const CANCEL_MODES: readonly unknown[] = ['permanent', 'transient', 'temporary']

/** Checks the options; the message names field and value. */
export function demandOptions(options: SubscribeOptions): Result<DemandOptions, 'bad_opts'> {
  const { maxDemand: max = 1000, cancel = 'permanent' } = options
  const { minDemand: min = Math.floor(max / 2) } = options
  if (!CANCEL_MODES.includes(cancel)) return bad('cancel', 'permanent, transient or temporary', cancel)
  if (!Number.isSafeInteger(max) || max < 1) return bad('maxDemand', 'an integer of 1 or more', max)
  if (!Number.isSafeInteger(min) || min < 0 || min >= max) {
    return bad('minDemand', `an integer from 0 to ${max - 1}`, min)
  }
  return ok({ max, min, cancel })
}

const bad = (field: string, wanted: string, got: unknown) =>
  err('bad_opts', `expected ${field} to be ${wanted}, got: ${String(got)}`)
