import type { Job } from '../contract/index.ts'
import { emit, hashToken, newToken, Problem } from '../kernel/index.ts'
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
import { BuildAssigned } from './builds.events.ts'
import type { ClaimedBuild, Taker } from './claim.store.ts'
import { jobFor } from './job.ts'
import { loseBuilds } from './loss.ts'
import { attemptDuty, type Parts } from './parts.ts'
import { type Waiter, type WaitingRoom, type WaitingWorker, waitingRoom } from './waiting-room.ts'

/** A worker asks for a build. */
export interface TakeRequest {
  readonly ticket: number
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
 * by one statement, so a hundred polls cost two or three round trips and one
 * new build wakes nobody in vain on the database's side. While a claim runs,
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
      const full = room.size >= parts.limits.waitersMax
      const patience = waitMs > 0 && !full
      const timer = patience
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
    leave(state, { workerId, ticket }: { workerId: string; ticket: number }) {
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
  const present = batch.filter((waiter) => !waiter.poll.signal.aborted)
  const secrets = new Map(present.map(({ worker }) => [worker.id, newToken()]))
  const claimed = present.length === 0 ? [] : await take(parts, present, secrets)
  const byWorker = new Map(claimed.map((build) => [build.workerId, build]))
  for (const waiter of batch) {
    const { worker, ticket, poll } = waiter
    const build = byWorker.get(worker.id)
    room.calm(waiter)
    if (build === undefined && poll.timer !== undefined && !poll.signal.aborted) continue
    room.leave(worker.id, ticket)
    const vanished = build !== undefined && poll.signal.aborted
    if (vanished) await takeBack(parts, build)
    if (build === undefined || vanished) answer(waiter, undefined)
    else give(waiter, build, jobFor(build, secrets.get(worker.id) ?? '', parts.baseImageId))
  }
}

/** Another node may serve one of the takers at the same moment; the second look sees it. */
async function take(
  { claims, limits }: Parts,
  present: readonly Waiter<Poll>[],
  secrets: ReadonlyMap<string, string>,
): Promise<readonly ClaimedBuild[]> {
  const takers: Taker[] = present.map(({ worker }) => ({
    workerId: worker.id,
    leaseMs: worker.leaseMs,
    secretHash: hashToken(secrets.get(worker.id) ?? ''),
  }))
  const platforms = present[0]?.worker.platforms ?? []
  const look = () => claims.take(takers, platforms, limits.startGraceMs)
  try {
    return await look()
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error
    return await look()
  }
}

const UNIQUE_VIOLATION = '23505'

function give(
  waiter: Waiter<Poll>,
  { id, workerId, attempt, redelivered, waitedMs }: ClaimedBuild,
  job: Job,
): void {
  emit(BuildAssigned, { id, workerId, attempt, redelivered, waitedMs })
  answer(waiter, job)
}

/** The worker left while its build was being claimed. */
async function takeBack(parts: Parts, { id, workerId, attempt }: ClaimedBuild): Promise<void> {
  const reason = 'was gone before the build reached it'
  await loseBuilds(parts, {
    silentOnly: false,
    buildId: id,
    workerId,
    attempt,
    reason,
    counted: false,
    max: 1,
  })
}

function refuseImpatient({ room }: State, batch: readonly Waiter<Poll>[], problem: Problem): void {
  for (const waiter of batch) {
    if (waiter.poll.timer !== undefined) continue
    if (room.leave(waiter.worker.id, waiter.ticket)) answer(waiter, problem)
  }
}

function answer({ poll }: Waiter<Poll>, value: TakeAnswer): void {
  poll.timer?.cancel()
  replyTo(poll.from, value)
}
