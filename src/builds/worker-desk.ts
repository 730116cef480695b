import type { Job } from '../contract/index.ts'
import { type Clock, err, hashToken, newId, newToken, ok, Problem } from '../kernel/index.ts'
import { CallError, type Runtime } from '../otp/index.ts'
import { Assignment } from './assignment.server.ts'
import type { PollWait, WorkerDesk } from './builds.ts'
import { loseBuilds } from './loss.ts'
import type { Parts } from './parts.ts'
import { fitText } from './stored-text.ts'
import { leaseOf, offeredPlatforms, type Worker } from './worker.ts'

/** Registered name of the node's assignment process. */
export const ASSIGNMENT = 'builds.assignment'

/** A poll that finds no assignment process looks so often for its successor. */
const LOOKS_MAX = 100
const LOOK_PAUSE_MS = 20

/** The desk where workers look for work. */
export function workerDesk(parts: Parts): WorkerDesk {
  const { workers, limits } = parts

  return {
    async registerWorker(request, proof) {
      const id = request.id ?? newId()
      if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id)) return err('invalid_id')
      const token = newToken()
      const registration = {
        id,
        name: fitText(request.name, limits.nameBytes),
        platforms: offeredPlatforms(request).map((platform) => fitText(platform, limits.nameBytes)),
        capabilities: request.capabilities ?? {},
        leaseMs: leaseOf(request, limits.agentLeaseBeats),
        tokenHash: hashToken(token),
        tokenTtlMs: limits.workerTokenTtlMs,
      }
      const tokenHash = proof.token === undefined ? null : hashToken(proof.token)
      const registered = await workers.register(registration, { trusted: proof.trusted, tokenHash })
      if (!registered) return err('worker_taken', `the worker id "${id}" belongs to another worker`)
      if (registered.known && request.active_build_count === 0) await giveUp(parts, id)
      const worker = await workers.find(id)
      if (!worker) throw new Error(`worker ${id} was registered and is gone`)
      return ok({ worker, token, known: registered.known })
    },

    async workerByToken(value) {
      const owner = await workers.byToken(hashToken(value))
      if (!owner) return undefined
      const { worker, expiresInMs } = owner
      return { worker, expired: expiresInMs <= 0, token: { value, expiresInMs } }
    },

    async poll(worker, wait) {
      const startedMs = parts.clock.monotonicMs()
      const job = (await waitForJob(parts, worker, wait)) ?? null
      const token = await tokenAfter(parts, worker, wait, parts.clock.monotonicMs() - startedMs)
      return { job, token }
    },
  }
}

const giveUp = (parts: Parts, workerId: string) =>
  loseBuilds(parts, {
    silentOnly: false,
    workerId,
    reason: 'came back without the build',
    counted: true,
    max: 1,
  })

/**
 * Asks the assignment process, and its successor should it die meanwhile. If
 * none comes there is no job; the worker polls again.
 */
async function waitForJob(
  { clock, runtime }: Parts,
  worker: Worker,
  { waitMs, signal }: PollWait,
): Promise<Job | undefined> {
  const dueMs = clock.monotonicMs() + waitMs
  let looksLeft = LOOKS_MAX
  while (!signal.aborted && looksLeft > 0) {
    const leftMs = Math.max(0, dueMs - clock.monotonicMs())
    try {
      return await ask(runtime, worker, { waitMs: leftMs, signal })
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      looksLeft = error.kind === 'noproc' ? looksLeft - 1 : LOOKS_MAX
      await pause(clock, LOOK_PAUSE_MS)
    }
  }
  return undefined
}

async function ask(runtime: Runtime, worker: Worker, { waitMs, signal }: PollWait): Promise<Job | undefined> {
  const assignment = Assignment.at(ASSIGNMENT, runtime)
  const ticket = newId()
  const leave = (): void => {
    const pid = assignment.whereis()
    if (pid) runtime.send(pid, { type: 'leave', workerId: worker.id, ticket })
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    const answer = await assignment.call.take({ ticket, worker, waitMs, signal }, { timeoutMs: Infinity })
    if (answer instanceof Problem) throw answer
    return answer
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** The presented token while it has life left, else a new one. */
async function tokenAfter(
  { workers, limits }: Parts,
  { id }: Worker,
  { token }: PollWait,
  waitedMs: number,
): Promise<string> {
  if (token && token.expiresInMs - waitedMs > limits.workerTokenRotateMs) return token.value
  const fresh = newToken()
  await workers.rotateToken(
    id,
    token ? hashToken(token.value) : null,
    hashToken(fresh),
    limits.workerTokenTtlMs,
  )
  return fresh
}

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
