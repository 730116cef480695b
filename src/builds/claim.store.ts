import type { Platform } from '../contract/index.ts'
import type { Sql } from '../storage/index.ts'

/** One worker that asks for a build. */
export interface Taker {
  readonly workerId: string
  /** Null: the farm's patience. */
  readonly leaseMs: number | null
  /** SHA-256 of the secret its attempt will be proven with. */
  readonly secretHash: string
}

/** A build handed to a taker. */
export interface ClaimedBuild {
  readonly id: string
  readonly workerId: string
  readonly platform: Platform
  readonly attempt: number
  readonly redelivered: boolean
  readonly hasCerts: boolean
  readonly leaseMs: number
  readonly sourceSha256: string
  readonly submittedAt: Date
  readonly waitedMs: number
}

/** A build that lost its worker. */
export interface LostBuild {
  readonly id: string
  readonly platform: Platform
  readonly attempt: number
  readonly state: 'pending' | 'failed'
  readonly durationMs: number | null
}

/** Which holders lose their builds. */
export interface Loss {
  /** Only those whose lease has run out. */
  readonly silentOnly: boolean
  readonly buildId?: string | undefined
  readonly workerId?: string | undefined
  readonly attempt?: number | undefined
  /** Goes into the log after the worker's name: `went silent`. */
  readonly reason: string
  /** False when the attempt never reached the worker: it gets another one in its place. */
  readonly counted: boolean
  readonly max: number
}

/** Builds change hands: claimed by workers, lost by workers. */
export type ClaimStore = ReturnType<typeof claimStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function claimStore(sql: Sql) {
  return {
    /**
     * Gives each taker at most one build, in one statement: first the build it
     * was given before and has not begun (its answer may have got lost), else
     * the next of the queue, by priority and then by submission. A taker that
     * holds a running build gets none. Rejects with SQLSTATE 23505 when another
     * node served one of the takers at the same moment; nothing is claimed then.
     */
    async take(
      takers: readonly Taker[],
      platforms: readonly string[],
      graceMs: number,
    ): Promise<readonly ClaimedBuild[]> {
      return await sql<ClaimedBuild>`
        with taker as (
          select * from unnest(${takers.map((taker) => taker.workerId)}::text[],
                               ${takers.map((taker) => taker.leaseMs)}::int[],
                               ${takers.map((taker) => taker.secretHash)}::text[])
                   with ordinality as t (worker_id, lease_ms, secret_hash, turn)
        ), held as (
          select id, worker_id from builds
           where state = 'assigned' and worker_id in (select worker_id from taker) for update skip locked
        ), idle as (
          select *, row_number() over (order by turn) as place from taker
           where not exists (select from builds b
                              where b.worker_id = taker.worker_id and b.state in ('assigned', 'building'))
        ), queued as (
          select id, priority, seq from builds
           where state = 'pending'
             and (cardinality(${platforms}::text[]) = 0 or platform = any(${platforms}::text[]))
           order by priority desc, seq limit (select count(*) from idle) for update skip locked
        ), given as (
          select queued.id, idle.worker_id, idle.lease_ms, idle.secret_hash, false as redelivered
            from (select id, row_number() over (order by priority desc, seq) as place from queued) queued
            join idle using (place)
          union all
          select held.id, held.worker_id, taker.lease_ms, taker.secret_hash, true from held join taker using (worker_id)
        ), changed as (
          update builds b
             set state = 'assigned', worker_id = given.worker_id,
                 attempt = b.attempt + 1 - given.redelivered::int,
                 attempt_token_hashes =
                   b.attempt_token_hashes[1:b.attempt - given.redelivered::int] || given.secret_hash,
                 assigned_at = case when given.redelivered then b.assigned_at else now() end,
                 lease_expires_at = case when given.redelivered then b.lease_expires_at
                   else now() + coalesce(given.lease_ms, ${graceMs}::int) * interval '1 millisecond' end,
                 log_lines = b.log_lines + 1 - given.redelivered::int
            from given where b.id = given.id
          returning b.*, given.redelivered, coalesce(given.lease_ms, ${graceMs}::int) as lease_ms
        ), logged as (
          insert into build_logs (build_id, seq, level, message)
          select c.id, c.log_lines, 'info',
                 format('Assigned to worker %s (attempt %s of %s)', w.name, c.attempt, c.attempts_max)
            from changed c join workers w on w.id = c.worker_id where not c.redelivered
        ), seen as (
          update workers set last_seen_at = now(), online = true
           where id in (select id from workers
                         where id in (select worker_id from taker)
                           and (not online or last_seen_at < now() - interval '5 seconds')
                           for update skip locked)
        )
        select id, worker_id as "workerId", platform, attempt, redelivered, certs_blob is not null as "hasCerts",
               lease_ms as "leaseMs", source_sha256 as "sourceSha256", submitted_at as "submittedAt",
               extract(epoch from now() - submitted_at)::float8 * 1000 as "waitedMs"
          from changed`
    },

    /**
     * Takes builds away from their workers: back into the queue, in the place
     * they had, or failed when no attempt is left.
     */
    async lose({
      silentOnly,
      buildId,
      workerId,
      attempt,
      reason,
      counted,
      max,
    }: Loss): Promise<readonly LostBuild[]> {
      return await sql<LostBuild>`
        with lost as (
          select b.id, b.started_at, coalesce(w.name, b.worker_id) as worker,
                 b.attempt < b.attempts_max or not ${counted}::boolean as again
            from builds b left join workers w on w.id = b.worker_id
           where b.state in ('assigned', 'building')
             and (not ${silentOnly}::boolean or b.lease_expires_at < now())
             and (${buildId ?? null}::text is null or b.id = ${buildId ?? null})
             and (${workerId ?? null}::text is null or b.worker_id = ${workerId ?? null})
             and (${attempt ?? null}::int is null or b.attempt = ${attempt ?? null})
           order by b.lease_expires_at limit ${max} for update of b skip locked
        ), changed as (
          update builds b
             set state = case when lost.again then 'pending' else 'failed' end,
                 worker_id = case when lost.again then null else b.worker_id end,
                 attempts_max = b.attempts_max + 1 - ${counted}::boolean::int,
                 lease_expires_at = null, assigned_at = null, progress = null,
                 started_at = case when lost.again then null else b.started_at end,
                 finished_at = case when lost.again then null else now() end,
                 error = case when lost.again then null else
                   format('Worker %s %s (attempt %s of %s)', lost.worker, ${reason}::text, b.attempt, b.attempts_max) end,
                 log_lines = b.log_lines + 1
            from lost where b.id = lost.id
          returning b.*, lost.worker, lost.started_at as begun_at
        ), logged as (
          insert into build_logs (build_id, seq, level, message)
          select id, log_lines, case state when 'pending' then 'warn' else 'error' end,
                 coalesce(error, format('Worker %s %s; the build waits for another worker', worker, ${reason}::text))
            from changed
        )
        select id, platform, attempt, state,
               case when state = 'failed' then extract(epoch from finished_at - begun_at)::float8 * 1000 end as "durationMs"
          from changed`
    },
  }
}
