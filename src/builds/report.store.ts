import { err, ok, type Result } from '../kernel/index.ts'
import type { Blob, Sql } from '../storage/index.ts'
import type { Artifact, Build } from './build.ts'
import { type BuildRow, buildFromRow } from './build-row.ts'
import { fenceOf, type Holding, type WorkerClaim } from './claim.ts'

/** How a build ended, in its worker's words. */
export type Outcome =
  | { readonly state: 'completed'; readonly artifact: Artifact }
  | { readonly state: 'failed'; readonly error: string }

/** A file that a holder may read. */
export type InputKind = 'source' | 'certs'

/** What the holder of a build says and reads; every write is fenced by its claim. */
export type ReportStore = ReturnType<typeof reportStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function reportStore(sql: Sql) {
  return {
    /** A sign of life: the build runs, its lease starts again. Returns the database's time. */
    async beat(
      claim: WorkerClaim,
      progress: number | null,
      silenceMs: number,
    ): Promise<Result<{ readonly nowMs: number }, 'refused'>> {
      const { buildId, workerId, attempt } = fenceOf(claim)
      const [row] = await sql<{ nowMs: number }>`
        with held as (
          select id, ${progress}::real is not null and progress is distinct from ${progress}::real as moved
            from builds
           where id = ${buildId} and state in ('assigned', 'building')
             and (${workerId}::text is null or worker_id = ${workerId})
             and (${attempt}::int is null or attempt = ${attempt})
             for update
        ), changed as (
          update builds b
             set state = 'building', started_at = coalesce(b.started_at, now()),
                 lease_expires_at = now() + interval '1 millisecond' *
                   coalesce((select lease_ms from workers where id = b.worker_id), ${silenceMs}::int),
                 progress = coalesce(${progress}::real, b.progress), log_lines = b.log_lines + held.moved::int
            from held where b.id = held.id
          returning b.id, b.worker_id, b.log_lines, b.progress, held.moved
        ), logged as (
          insert into build_logs (build_id, seq, level, message)
          select id, log_lines, 'info', format('Build progress: %s%%', round(progress)) from changed where moved
        ), seen as (
          update workers w set last_seen_at = now(), online = true
            from changed
           where w.id = changed.worker_id and (not w.online or w.last_seen_at < now() - interval '5 seconds')
        )
        select extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs" from changed`
      return row ? ok({ nowMs: Math.round(row.nowMs) }) : err('refused')
    },

    /** Ends a build, once. A claim that is trusted may also end one that nobody took. */
    async settle(claim: WorkerClaim, outcome: Outcome): Promise<Result<Build, 'refused'>> {
      const { buildId, workerId, attempt, trusted } = fenceOf(claim)
      const { state, error, artifact } = endOf(outcome)
      const [row] = await sql<BuildRow>`
        with changed as (
          update builds
             set state = ${state}, finished_at = now(), lease_expires_at = null, error = ${error}::text,
                 started_at = coalesce(started_at, assigned_at),
                 worker_id = coalesce(worker_id, (select id from workers where id = ${workerId}::text)),
                 progress = case when ${state} = 'completed' then 100 else progress end,
                 artifact_blob = ${artifact.id}::text, artifact_sha256 = ${artifact.sha256}::text,
                 artifact_bytes = ${artifact.bytes}::bigint, artifact_name = ${artifact.name}::text,
                 log_lines = log_lines + 1
           where id = ${buildId}
             and (state in ('assigned', 'building') or (state = 'pending' and ${trusted}::boolean))
             and (${workerId}::text is null or worker_id = ${workerId}
                  or (worker_id is null and ${trusted}::boolean))
             and (${attempt}::int is null or attempt = ${attempt})
          returning *
        ), logged as (
          insert into build_logs (build_id, seq, level, message)
          select id, log_lines, case state when 'completed' then 'info' else 'error' end,
                 case state when 'completed' then 'Build completed successfully' else 'Build failed: ' || error end
            from changed
        ), counted as (
          update workers w
             set last_seen_at = now(), online = true,
                 builds_completed = w.builds_completed + (changed.state = 'completed')::int,
                 builds_failed = w.builds_failed + (changed.state = 'failed')::int
            from changed where w.id = changed.worker_id
        )
        select changed.*, w.name as worker_name from changed left join workers w on w.id = changed.worker_id`
      return row ? ok(buildFromRow(row)) : err('refused')
    },

    /** The file of a build that its present holder may read. */
    async input(claim: WorkerClaim, kind: InputKind): Promise<Result<Blob | undefined, 'refused'>> {
      const { buildId, workerId, attempt } = fenceOf(claim)
      const [row] = await sql<{ id: string | null; sha256: string | null; bytes: number | null }>`
        select case ${kind}::text when 'source' then source_blob else certs_blob end as id,
               case ${kind}::text when 'source' then source_sha256 else certs_sha256 end as sha256,
               case ${kind}::text when 'source' then source_bytes else certs_bytes end as bytes
          from builds
         where id = ${buildId} and state in ('assigned', 'building')
           and (${workerId}::text is null or worker_id = ${workerId})
           and (${attempt}::int is null or attempt = ${attempt})`
      if (!row) return err('refused')
      const { id, sha256, bytes } = row
      return ok(id === null || sha256 === null || bytes === null ? undefined : { id, sha256, bytes })
    },

    /** What decides over a claim, as it is now. */
    async holding(buildId: string): Promise<Holding | undefined> {
      const [row] = await sql<Holding>`
        select state, worker_id as "workerId", attempt from builds where id = ${buildId}`
      return row
    },

    /** The attempt's stored hash, whether it is the present one, and who holds it. */
    async attempt(
      buildId: string,
      attempt: number,
    ): Promise<{ readonly hash: string | null; readonly workerId: string | null } | undefined> {
      const [row] = await sql<{ hash: string | null; workerId: string | null }>`
        select attempt_token_hashes[${attempt}::int] as hash,
               case when attempt = ${attempt}::int then worker_id end as "workerId"
          from builds where id = ${buildId}`
      return row
    },
  }
}

const NO_ARTIFACT = { id: null, sha256: null, bytes: null, name: null }

/** The columns an outcome fills. */
function endOf(outcome: Outcome) {
  return outcome.state === 'completed'
    ? { state: outcome.state, error: null, artifact: outcome.artifact }
    : { state: outcome.state, error: outcome.error, artifact: NO_ARTIFACT }
}
