import { CallError, type ProcessContext, type RefOf } from '../otp/index.ts'
import type { Ticket } from './batch.ts'
import type { Coordinator } from './coordinator.server.ts'
import { checkPause } from './options.ts'

/** Does one batch. A throw is a failed try; `RetryLater` puts it off without counting. */
export type Run<P> = (ticket: Ticket<P>, ctx: ProcessContext) => unknown

/** How a worker's turn ended: something was done, there is nothing to do any more, nobody answered. */
export type Turn = 'done' | 'closed' | 'unavailable'

/** Thrown by work that cannot be done now, and is not to blame: a quota, a maintenance window. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly inMs: number

  constructor(inMs: number, message = `not now, but in ${inMs} ms`) {
    super(message)
    checkPause('inMs', inMs)
    this.inMs = inMs
  }
}

/** The pause before a coordinator that does not answer is asked again. */
export const PAUSE_MS = 100

/**
 * One turn: takes a batch as soon as there is one, does it, hands it in. The
 * process that runs this is the holder: its end gives the batch back.
 */
export async function takeTurn<P>(
  coordinator: RefOf<typeof Coordinator>,
  run: Run<P>,
  ctx: ProcessContext,
): Promise<Turn> {
  const taken = await coordinator.call
    .take({ holder: ctx.self, waitMs: Number.POSITIVE_INFINITY }, { timeoutMs: Number.POSITIVE_INFINITY })
    .catch(unlessGone)
  if (!taken) return 'unavailable'
  if (!taken.ok) return taken.reason === 'drained' ? 'closed' : 'done'
  const ticket = taken.value as Ticket<P>
  const { id, claim } = ticket
  try {
    await run(ticket, ctx)
  } catch (failure) {
    const retryInMs = failure instanceof RetryLater ? failure.inMs : undefined
    await insist(ctx, () => coordinator.call.fail({ id, claim, failure, retryInMs }))
    return 'done'
  }
  await insist(ctx, () => coordinator.call.complete({ id, claim }))
  return 'done'
}

/** Says it until somebody hears: a coordinator that comes back still knows who holds what. */
async function insist(ctx: ProcessContext, say: () => Promise<unknown>): Promise<void> {
  while ((await say().catch(unlessGone)) === undefined) {
    await ctx.receive(() => false, { timeoutMs: PAUSE_MS })
  }
}

/** Nobody answered; anything else is a bug. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof CallError)) throw error
}
