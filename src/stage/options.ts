import { err, ok, type Result } from '../kernel/index.ts'
import type { BufferLimit } from './buffer.ts'
import { demandDispatcher } from './demand-dispatcher.ts'
import type { AnyDispatcher } from './dispatcher.ts'

/** Whether a producer hears of demand at once, or only after `GenStage.demand(stage, 'forward')`. */
export type DemandMode = 'forward' | 'accumulate'

/** How a stage gives events away. */
export interface OutletOptions {
  /** `demandDispatcher()` by default. */
  readonly dispatcher?: AnyDispatcher | undefined
  /** Most events kept beyond demand: 10,000 for producers, no limit for producer-consumers. */
  readonly bufferSize?: number | undefined
  /** Which events a full buffer keeps; `last` by default. */
  readonly bufferKeep?: BufferLimit['keep'] | undefined
}

/** How a producer gives events away. */
export interface ProducerOptions extends OutletOptions {
  /** `forward` by default. */
  readonly demand?: DemandMode | undefined
}

/** The options with everything decided. */
export interface Outgoing {
  readonly dispatcher: AnyDispatcher
  readonly limit: BufferLimit
  readonly demand: DemandMode
}

/** Checks the options; the message names field and value. */
export function outgoing(options: ProducerOptions, defaultSize: number): Result<Outgoing, 'bad_opts'> {
  const { dispatcher = demandDispatcher(), bufferSize: size = defaultSize } = options
  const { bufferKeep: keep = 'last', demand = 'forward' } = options
  if (size !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(size) && size >= 0)) {
    return bad('bufferSize', 'an integer of 0 or more, or Infinity', size)
  }
  if (!['first', 'last'].includes(keep)) return bad('bufferKeep', 'first or last', keep)
  if (!['forward', 'accumulate'].includes(demand)) return bad('demand', 'forward or accumulate', demand)
  return ok({ dispatcher, limit: { size, keep }, demand })
}

const bad = (field: string, wanted: string, got: unknown) =>
  err('bad_opts', `expected ${field} to be ${wanted}, got: ${String(got)}`)
