import type { BuildCounts, BuildState } from '../contract/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'
import type { Sql } from '../storage/index.ts'
import type { Build, NewBuild } from './build.ts'
import { type BuildRow, buildFromRow } from './build-row.ts'

/** Which builds a list shows, newest first. */
export interface BuildFilter {
  readonly state?: BuildState | undefined
  readonly platform?: string | undefined
  readonly workerId?: string | undefined
  /** Only builds submitted before the one with this `seq`. */
  readonly before?: number | undefined
  readonly limit: number
  readonly offset?: number | undefined
}

/** Figures of the whole farm, for its public page. */
export interface FarmTotals {
  readonly workersOnline: number
  readonly pending: number
  readonly active: number
  /** Completed since 00:00 UTC. */
  readonly completedToday: number
  readonly total: number
  /** Sum over finished builds, from first sign of life to the end. */
  readonly buildTimeMs: number
}

/** Builds at rest: added, looked up, listed, cancelled, discarded. */
export type BuildStore = ReturnType<typeof buildStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function buildStore(sql: Sql) {
  return {
    /** Puts a build in the queue and opens its log. */
    async add(id: string, tokenHash: string, attemptsMax: number, build: NewBuild): Promise<Build> {
      const { source, certs } = build
      const [row] = await sql<BuildRow>`
        with added as (
          insert into builds (id, platform, name, priority, submitter, token_hash, attempts_max, log_lines,
                              source_blob, source_sha256, source_bytes, certs_blob, certs_sha256, certs_bytes)
          values (${id}, ${build.platform}, ${build.name ?? null}, ${build.priority ?? 0}, ${build.submitter},
                  ${tokenHash}, ${attemptsMax}, 1, ${source.id}, ${source.sha256}, ${source.bytes},
                  ${certs?.id ?? null}, ${certs?.sha256 ?? null}, ${certs?.bytes ?? null})
          returning *
        ), logged as (
          insert into build_logs (build_id, seq, level, message) select id, 1, 'info', 'Build submitted' from added
        )
        select added.*, null as worker_name from added`
      if (!row) throw new Error(`build ${id} was inserted but not returned`)
      return buildFromRow(row)
    },

    async find(id: string): Promise<Build | undefined> {
      const [row] = await sql<BuildRow>`
        select b.*, w.name as worker_name from builds b left join workers w on w.id = b.worker_id where b.id = ${id}`
      return row && buildFromRow(row)
    },

    async list({ state, platform, workerId, before, limit, offset }: BuildFilter): Promise<readonly Build[]> {
      const rows = await sql<BuildRow>`
        select b.*, w.name as worker_name from builds b left join workers w on w.id = b.worker_id
         where (${state ?? null}::text is null or b.state = ${state ?? null})
           and (${platform ?? null}::text is null or b.platform = ${platform ?? null})
           and (${workerId ?? null}::text is null or b.worker_id = ${workerId ?? null})
           and (${before ?? null}::bigint is null or b.seq < ${before ?? null})
         order by b.seq desc limit ${limit} offset ${offset ?? 0}`
      return rows.map(buildFromRow)
    },

    async counts(): Promise<BuildCounts> {
      const rows = await sql<{
        state: BuildState
        count: number
      }>`select state, count(*) from builds group by state`
      const counts = { pending: 0, assigned: 0, building: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }
      for (const { state, count } of rows) {
        counts[state] = count
        counts.total += count
      }
      return counts
    },

    async totals(): Promise<FarmTotals> {
      const [row] = await sql<FarmTotals>`
        select (select count(*) from workers where online) as "workersOnline",
               count(*) filter (where state = 'pending') as pending,
               count(*) filter (where state in ('assigned', 'building')) as active,
               count(*) filter (where state = 'completed' and finished_at >=
                                date_trunc('day', now() at time zone 'utc') at time zone 'utc') as "completedToday",
               count(*) as total,
               coalesce(sum(extract(epoch from finished_at - started_at) * 1000), 0)::bigint as "buildTimeMs"
          from builds`
      if (!row) throw new Error('an aggregate returned no row')
      return row
    },

    async tokenHash(id: string): Promise<string | undefined> {
      const [row] = await sql<{ token_hash: string }>`select token_hash from builds where id = ${id}`
      return row?.token_hash
    },

    /** Ends a build that has not ended; its worker learns it from its next beat. */
    async cancel(id: string): Promise<Result<Build, 'not_found' | 'already_finished'>> {
      const [row] = await sql<BuildRow>`
        with changed as (
          update builds set state = 'cancelled', error = 'Build cancelled by user', finished_at = now(),
                            lease_expires_at = null, log_lines = log_lines + 1
           where id = ${id} and state in ('pending', 'assigned', 'building')
          returning *
        ), logged as (
          insert into build_logs (build_id, seq, level, message) select id, log_lines, 'warn', error from changed
        )
        select changed.*, w.name as worker_name from changed left join workers w on w.id = changed.worker_id`
      if (row) return ok(buildFromRow(row))
      return err((await this.tokenHash(id)) === undefined ? 'not_found' : 'already_finished')
    },

    /** Removes a build nobody took yet, as if it had never been; returns its files. */
    async discard(id: string): Promise<readonly string[] | undefined> {
      const [row] = await sql<{ blobs: string[] }>`
        delete from builds where id = ${id} and state = 'pending' and attempt = 0
        returning array_remove(array[source_blob, certs_blob], null) as blobs`
      return row?.blobs
    },

    /** A copy of a build's order, to be built once more; `source_gone` once the source was thrown away. */
    async repeat(
      original: string,
      copy: { readonly id: string; readonly tokenHash: string; readonly attemptsMax: number },
    ): Promise<Result<Build, 'not_found' | 'source_gone'>> {
      const [row] = await sql<BuildRow>`
        with original as (
          select * from builds where id = ${original} and source_blob is not null for update
        ), noted as (
          update builds b set log_lines = b.log_lines + 1 from original where b.id = original.id returning b.id, b.log_lines
        ), added as (
          insert into builds (id, platform, name, priority, submitter, token_hash, attempts_max, log_lines,
                              source_blob, source_sha256, source_bytes, certs_blob, certs_sha256, certs_bytes)
          select ${copy.id}, platform, name, priority, submitter, ${copy.tokenHash}, ${copy.attemptsMax}::int, 1,
                 source_blob, source_sha256, source_bytes, certs_blob, certs_sha256, certs_bytes
            from original
          returning *
        ), logged as (
          insert into build_logs (build_id, seq, level, message)
          select id, log_lines, 'info', 'Retried as build ' || ${copy.id}::text from noted
          union all
          select id, 1, 'info', 'Build submitted (retry of ' || ${original}::text || ')' from added
        )
        select added.*, null as worker_name from added`
      if (row) return ok(buildFromRow(row))
      return err((await this.tokenHash(original)) === undefined ? 'not_found' : 'source_gone')
    },
  }
}
