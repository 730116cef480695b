import type { Job } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import {
  after,
  type Context,
  defineServer,
  type From,
  later,
  noreply,
  replyTo,
  type SendTimer,
} from '../otp/index.ts'
import { claimFor, takeBack } from './job.ts'
import { attemptDuty, type Parts } from './parts.ts'
import { type Waiter, type WaitingRoom, type WaitingWorker, waitingRoom } from './waiting-room.ts'

/** A worker asks for a build. */
export interface TakeRequest {
  readonly ticket: string
  readonly worker: WaitingWorker
  /** 0: answer after one look. */
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** A job, none, or why nobody knows. */
export type TakeAnswer = Job | Problem | undefined

interface Poll {
  readonly from: From<TakeAnswer>
  readonly signal: AbortSignal
  readonly timer: SendTimer | undefined
}

interface State {
  readonly parts: Parts
  readonly room: WaitingRoom<Poll>
  /** A `claim` message is on its way. */
  claiming: boolean
}

/** Pause after a claim that met no database. */
const MISSED_MS = 500

/**
 * Hands builds to the polls of this node.
 *
 * Owns the polls that wait here. All that are hungry at one moment are served
 * by one statement, so a hundred polls cost a round trip or two. While a claim runs,
 * further polls gather in the mailbox and form the next batch.
 *
 * A crash costs nothing: the truth is the `builds` table, polls ask again, and
 * a build whose answer was lost is handed to the same worker once more.
 */
export const Assignment = defineServer({
  name: 'builds.assignment',
  init(parts: Parts, ctx): State {
    const { runtime, self, signal } = ctx
    const stop = parts.feed.onChange(
      ({ kind, state, platform }) => {
        if (kind === 'build' && state === 'pending') runtime.send(self, { type: 'queued', platform })
      },
      () => runtime.send(self, { type: 'queued' }),
    )
    signal.addEventListener('abort', stop, { once: true })
    return { parts, room: waitingRoom(), claiming: false }
  },
  start: ({ parts }) => after(parts.limits.recheckMs, 'recheck'),
  formatStatus: ({ room }) => ({ waiting: room.size }),
  calls: {
    take(state, { ticket, worker, waitMs, signal }: TakeRequest, ctx) {
      const { room, parts } = state
      const from = ctx.from as From<TakeAnswer>
      const timer =
        waitMs > 0 && room.size < parts.limits.waitersMax
          ? ctx.sendAfter(waitMs, ctx.self, { type: 'leave', workerId: worker.id, ticket })
          : undefined
      const replaced = room.enter({ ticket, worker, poll: { from, signal, timer } })
      if (replaced) answer(replaced, undefined)
      claimSoon(state, ctx)
      return later<TakeAnswer>()(state)
    },
  },
  info: {
    queued(state, { platform }: { platform?: string }, ctx) {
      state.room.wake(platform)
      claimSoon(state, ctx)
      return noreply(state)
    },
    recheck(state, _message, ctx) {
      state.room.wake()
      claimSoon(state, ctx)
      return noreply(state, after(state.parts.limits.recheckMs, 'recheck'))
    },
    leave(state, { workerId, ticket }: { workerId: string; ticket: string }) {
      const waiter = state.room.leave(workerId, ticket)
      if (waiter) answer(waiter, undefined)
      return noreply(state)
    },
    async claim(state, _message, ctx) {
      state.claiming = false
      const batch = state.room.nextBatch(state.parts.limits.claimBatchMax)
      const outcome = await attemptDuty('claim', () => serve(state, batch))
      if (outcome instanceof Problem) {
        refuseImpatient(state, batch, outcome)
        return noreply({ ...state, claiming: true }, after(MISSED_MS, 'claim'))
      }
      claimSoon(state, ctx)
      return noreply(state)
    },
  },
})

function claimSoon(state: State, ctx: Context): void {
  if (state.claiming || !state.room.anyHungry) return
  state.claiming = true
  ctx.send(ctx.self, 'claim')
}

async function serve({ room, parts }: State, batch: readonly Waiter<Poll>[]): Promise<void> {
  const present = batch.filter(({ poll }) => !poll.signal.aborted)
  const jobs = await claimFor(
    parts,
    present.map(({ worker }) => worker),
  )
  for (const waiter of batch) {
    const job = jobs.get(waiter.worker.id)
    const gone = waiter.poll.signal.aborted
    room.calm(waiter)
    if (job === undefined && isPatient(waiter) && !gone) continue
    room.leave(waiter.worker.id, waiter.ticket)
    if (job && gone) await takeBack(parts, waiter.worker.id, job)
    answer(waiter, gone ? undefined : job)
  }
}

const isPatient = ({ poll }: Waiter<Poll>): boolean => poll.timer !== undefined

function refuseImpatient({ room }: State, batch: readonly Waiter<Poll>[], problem: Problem): void {
  for (const waiter of batch) {
    if (isPatient(waiter)) continue
    if (room.leave(waiter.worker.id, waiter.ticket)) answer(waiter, problem)
  }
}

function answer({ poll }: Waiter<Poll>, value: TakeAnswer): void {
  poll.timer?.cancel()
  replyTo(poll.from, value)
}
