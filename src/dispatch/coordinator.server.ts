import { type Context, type Down, defineServer, later, noreply, type Pid, reply } from '../otp/index.ts'
import type { Batch, Ticket } from './batch.ts'
import {
  type CoordinatorOptions,
  Desk,
  type Due,
  type Taken,
  type TakeRequest,
  type WaitOver,
} from './desk.ts'
import { Keeper } from './keeper.server.ts'

/** Which batch, and by what right. */
type Claim = Pick<Ticket, 'id' | 'claim'>

/** Why a try failed. */
export interface Failure extends Claim {
  readonly failure: unknown
  /** The pause before the next try; by the back-off otherwise. */
  readonly retryInMs?: number | undefined
}

/**
 * Hands out batches and keeps count of them; the work is done elsewhere.
 *
 * Owns two tables: batches and quotas. After a crash the keeper has them, and the
 * next incarnation goes on with the same queue, the same holders, the same
 * pauses. Lost are only waiting calls (their callers fail at once and ask again)
 * and a drain in progress.
 */
export const Coordinator = defineServer({
  name: 'dispatch.coordinator',
  init: async (options: CoordinatorOptions, ctx: Context) => {
    const { self, runtime } = ctx
    const keeper = Keeper.at(options.keeper, runtime)
    const { batches, quotas } = await keeper.call.claim({ coordinator: options.name, pid: self })
    return new Desk(options, { batches: batches.for(ctx), quotas: quotas.for(ctx) }, ctx)
  },
  calls: {
    /** Lets all in, or none. */
    enqueue: (desk, batches: readonly Batch[]) => reply(desk.enqueue(batches), desk),

    take(desk, request: TakeRequest, ctx) {
      const taken = desk.take(request, ctx.from)
      return taken ? reply(taken, desk) : later<Taken>()(desk)
    },

    complete: (desk, { id, claim }: Claim) => reply(desk.complete(id, claim), desk),

    fail: (desk, { id, claim, failure, retryInMs }: Failure) =>
      reply(desk.fail(id, claim, failure, retryInMs), desk),

    /** Answers when nothing is left. */
    drain: (desk, _argument: undefined, ctx) =>
      desk.drain(ctx.from) ? reply(undefined, desk) : later<undefined>()(desk),

    counts: (desk) => reply(desk.ledger.counts, desk),
    deadBatches: (desk) => reply(desk.ledger.deadBatches, desk),
    revive: (desk, id: string) => reply(desk.revive(id), desk),
    discard: (desk, id: string) => reply(desk.ledger.discard(id), desk),
  },
  casts: {
    heir(desk, heir: Pid) {
      desk.setHeir(heir)
      return noreply(desk)
    },
    stopWaiting(desk, holders: readonly Pid[]) {
      desk.stopWaiting(holders)
      return noreply(desk)
    },
  },
  info: {
    DOWN(desk, { pid, reason }: Down) {
      if (pid) desk.holderEnded(pid, reason)
      return noreply(desk)
    },
    due(desk, due: Due) {
      desk.due(due)
      return noreply(desk)
    },
    wait_over(desk, over: WaitOver) {
      desk.waitOver(over)
      return noreply(desk)
    },
    /** The tables came with the keeper's answer already. */
    'ETS-TRANSFER': (desk) => noreply(desk),
  },
  /** Payloads and tables stay out of crash reports. */
  formatStatus: ({ ledger }) => ledger.counts,
})
