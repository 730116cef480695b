import { defineEvent } from '../kernel/index.ts'
import type { Pid } from '../otp/index.ts'

interface AboutStage {
  readonly pid: Pid
  readonly name: string | undefined
  /** The `name` of the stage's definition. */
  readonly stage: string
}

/** A full buffer dropped events; not emitted when `formatDiscarded` says so. */
export const EventsDiscarded = defineEvent<AboutStage & { readonly discarded: number }>(
  'stage.events.discarded',
)

/** A producer sent more than was asked for; the events are handled all the same. */
export const EventsInExcess = defineEvent<AboutStage & { readonly excess: number; readonly from: Pid }>(
  'stage.events.excess',
)

/** A stage was used in a way that makes no sense; what happened is said, nothing was changed. */
export const StageMisused = defineEvent<AboutStage & { readonly problem: string }>('stage.misused')

/** A source has no more events; those it gave may still be on their way. */
export const SourceEnded = defineEvent<AboutStage>('stage.source.ended')

/** A source that lives elsewhere was reached. */
export const SourceConnected = defineEvent<AboutStage>('stage.source.connected')

/** A source that lives elsewhere cannot be reached; it is tried again in `retryMs`. */
export const SourceLost = defineEvent<AboutStage & { readonly error: unknown; readonly retryMs: number }>(
  'stage.source.lost',
)
