import { after, defineServer, noreply, reply } from '../../otp/index.ts'
import type { RateBudget, RateLimiting } from './rate-budget.ts'

/** What the limiter of a pipeline is started with. */
export interface RateLimiterArgs {
  readonly budget: RateBudget
  readonly limiting: RateLimiting
  /** Registered names of the producers that wait for a new interval. */
  readonly producers: readonly string[]
}

/**
 * Refills the budget that a pipeline's producers share, once per interval.
 * After a crash everything behind it starts anew with a full budget.
 */
export const RateLimiter = defineServer({
  name: 'pipeline.rate_limiter',
  init(args: RateLimiterArgs) {
    args.budget.reset(args.limiting.allowedMessages)
    return args
  },
  start: ({ limiting }) => after(limiting.intervalMs, 'refill'),
  calls: {
    get: (state) => reply(state.limiting, state),
    /** Holds from the next interval on. */
    update: (state, limiting: RateLimiting) => reply(undefined, { ...state, limiting }),
  },
  info: {
    refill(state, _message, ctx) {
      const { budget, limiting, producers } = state
      budget.reset(limiting.allowedMessages)
      for (const name of producers) {
        if (ctx.runtime.whereis(name)) ctx.send(name, { type: 'rate_reset' })
      }
      return noreply(state, after(limiting.intervalMs, 'refill'))
    },
  },
})
