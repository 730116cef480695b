import type { LogLine, NewLogLine } from '../contract/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'
import type { Sql } from '../storage/index.ts'
import { fenceOf, type WorkerClaim } from './claim.ts'
import { bytesOf } from './stored-text.ts'

/** Which lines of a log are read, oldest first. */
export interface LogRange {
  /** Only lines with a greater `seq`. */
  readonly after?: number | undefined
  readonly limit?: number | undefined
  /** Only the last so many of them. */
  readonly tail?: number | undefined
}

/** How long a log may get and how a push renews the lease. */
export interface LogLimits {
  readonly logLinesMax: number
  readonly logBytesMax: number
  readonly silenceMs: number
}

/** What builds say. Lines are numbered under the lock of the build's row, so their order never changes. */
export type BuildLogStore = ReturnType<typeof buildLogStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function buildLogStore(sql: Sql) {
  return {
    /**
     * Adds lines in one statement. They are a sign of life of a running build;
     * a completed one still takes what its worker had in hand. `full` says that
     * the log took nothing, and notes that in the log once.
     */
    async append(
      claim: WorkerClaim,
      lines: readonly NewLogLine[],
      { logLinesMax, logBytesMax, silenceMs }: LogLimits,
    ): Promise<Result<void, 'refused' | 'full'>> {
      const { buildId, workerId, attempt } = fenceOf(claim)
      const levels = lines.map(({ level }) => level)
      const messages = lines.map(({ message }) => message)
      const [row] = await sql<{ full: boolean; told: string }>`
        with held as (
          select id, log_lines, log_full as noted,
                 log_lines >= ${logLinesMax}::int or log_bytes >= ${logBytesMax}::bigint as log_full
            from builds
           where id = ${buildId} and state in ('assigned', 'building', 'completed')
             and (${workerId}::text is null or worker_id = ${workerId})
             and (${attempt}::int is null or attempt = ${attempt})
             for update
        ), line as (
          select held.id, held.log_lines + pushed.n as seq, pushed.level, pushed.message
            from held, unnest(${levels}::text[], ${messages}::text[])
                       with ordinality as pushed (level, message, n)
           where not held.log_full
          union all
          select id, log_lines + 1, 'warn', 'The log is full: further lines are not kept'
            from held where log_full and not noted
        ), added as (
          insert into build_logs (build_id, seq, level, message) select id, seq, level, message from line returning seq
        ), changed as (
          update builds b
             set log_lines = b.log_lines + (select count(*)::int from added), log_full = held.log_full,
                 log_bytes = b.log_bytes + case when held.log_full then 0 else ${bytesOf(messages)}::bigint end,
                 state = case b.state when 'assigned' then 'building' else b.state end,
                 started_at = case when b.state = 'completed' then b.started_at else coalesce(b.started_at, now()) end,
                 lease_expires_at = case when b.state <> 'completed' then now() + interval '1 millisecond' *
                   coalesce((select lease_ms from workers where id = b.worker_id), ${silenceMs}::int) end
            from held where b.id = held.id
          returning b.id, b.worker_id, held.log_full
        ), seen as (
          update workers w set last_seen_at = now(), online = true
            from changed
           where w.id = changed.worker_id and (not w.online or w.last_seen_at < now() - interval '5 seconds')
        )
        select log_full as full, pg_notify('quorate_logs', id)::text as told from changed`
      if (!row) return err('refused')
      return row.full ? err('full') : ok()
    },

    async read(buildId: string, { after, limit, tail }: LogRange): Promise<readonly LogLine[]> {
      const rows = await sql<Omit<LogLine, 'timestamp'> & { at: Date }>`
        select * from (
          select seq, at, level, message from build_logs
           where build_id = ${buildId} and seq > ${after ?? 0}
             and (${tail ?? null}::int is null
                  or seq > (select log_lines from builds where id = ${buildId}) - ${tail ?? null}::int)
           order by seq limit ${limit ?? null}
        ) line order by seq`
      return rows.map(({ seq, at, level, message }) => ({ seq, timestamp: at.toISOString(), level, message }))
    },
  }
}
