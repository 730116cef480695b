import type { Capabilities } from '../contract/index.ts'
import { json, type Sql } from '../storage/index.ts'
import type { RegistrationProof, Worker } from './worker.ts'

/** What a registration writes. */
export interface Registration {
  readonly id: string
  readonly name: string
  readonly platforms: readonly string[]
  readonly capabilities: Capabilities
  readonly leaseMs: number | null
  readonly tokenHash: string
  readonly tokenTtlMs: number
}

/** A token's owner, and how long the token still lives. */
export interface TokenOwner {
  readonly worker: Worker
  readonly expiresInMs: number
}

/** Machines that build, and their tokens. */
export type WorkerStore = ReturnType<typeof workerStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function workerStore(sql: Sql) {
  return {
    /**
     * Adds a worker, or meets a known one again: that one keeps its name and
     * gets a new token. Undefined when the id is taken and neither the key nor
     * one of its last two tokens proves the caller.
     */
    async register(
      { id, name, platforms, capabilities, leaseMs, tokenHash, tokenTtlMs }: Registration,
      proof: Omit<RegistrationProof, 'token'> & { readonly tokenHash: string | null },
    ): Promise<{ readonly known: boolean } | undefined> {
      const [row] = await sql<{ known: boolean }>`
        insert into workers as w (id, name, platforms, capabilities, lease_ms, token_hash, token_expires_at)
        values (${id}, ${name}, ${platforms}, ${json(capabilities)}, ${leaseMs}, ${tokenHash},
                now() + ${tokenTtlMs}::int * interval '1 millisecond')
        on conflict (id) do update
           set platforms = excluded.platforms, capabilities = excluded.capabilities, lease_ms = excluded.lease_ms,
               previous_token_hash = w.token_hash, previous_token_expires_at = w.token_expires_at,
               token_hash = excluded.token_hash, token_expires_at = excluded.token_expires_at,
               last_seen_at = now(), online = true
         where ${proof.trusted}::boolean or ${proof.tokenHash}::text in (w.token_hash, w.previous_token_hash)
        returning xmax <> 0 as known`
      return row
    },

    async find(id: string): Promise<Worker | undefined> {
      const [row] = await sql<WorkerRow>`
        select w.*, b.id as build_id from workers w
          left join builds b on b.worker_id = w.id and b.state in ('assigned', 'building')
         where w.id = ${id}`
      return row && workerFromRow(row)
    },

    async list(): Promise<readonly Worker[]> {
      const rows = await sql<WorkerRow>`
        select w.*, b.id as build_id from workers w
          left join builds b on b.worker_id = w.id and b.state in ('assigned', 'building')
         order by w.online desc, w.registered_at, w.id`
      return rows.map(workerFromRow)
    },

    /** Knows a worker's token and the one before it, also after they expired. */
    async byToken(tokenHash: string): Promise<TokenOwner | undefined> {
      const [row] = await sql<WorkerRow & { expires_in_ms: number }>`
        select w.*, b.id as build_id,
               extract(epoch from case when w.token_hash = ${tokenHash} then w.token_expires_at
                                       else w.previous_token_expires_at end - now())::float8 * 1000 as expires_in_ms
          from workers w
          left join builds b on b.worker_id = w.id and b.state in ('assigned', 'building')
         where w.token_hash = ${tokenHash} or w.previous_token_hash = ${tokenHash}`
      return row && { worker: workerFromRow(row), expiresInMs: row.expires_in_ms }
    },

    /** Gives a worker a new token; the one it presented (or had) lives one term longer. */
    async rotateToken(
      id: string,
      presentedHash: string | null,
      tokenHash: string,
      ttlMs: number,
    ): Promise<void> {
      await sql`
        update workers
           set previous_token_hash = coalesce(${presentedHash}::text, token_hash),
               previous_token_expires_at = now() + ${ttlMs}::int * interval '1 millisecond',
               token_hash = ${tokenHash}, token_expires_at = now() + ${ttlMs}::int * interval '1 millisecond',
               last_seen_at = now(), online = true
         where id = ${id}`
    },

    /** Marks workers nobody heard of for so long; those that hold a build are the rescue's business. */
    async markOffline(silenceMs: number): Promise<readonly string[]> {
      const rows = await sql<{ id: string }>`
        update workers set online = false
         where id in (
           select id from workers w
            where online and last_seen_at < now() - ${silenceMs}::int * interval '1 millisecond'
              and not exists (select from builds b where b.worker_id = w.id and b.state in ('assigned', 'building'))
              for update skip locked)
        returning id`
      return rows.map(({ id }) => id)
    },
  }
}

interface WorkerRow {
  readonly id: string
  readonly name: string
  readonly platforms: readonly string[]
  readonly capabilities: Capabilities
  readonly lease_ms: number | null
  readonly online: boolean
  readonly build_id: string | null
  readonly last_seen_at: Date
  readonly registered_at: Date
  readonly builds_completed: number
  readonly builds_failed: number
}

function workerFromRow(row: WorkerRow): Worker {
  return {
    id: row.id,
    name: row.name,
    platforms: row.platforms,
    capabilities: row.capabilities,
    leaseMs: row.lease_ms,
    online: row.online,
    buildId: row.build_id,
    lastSeenAt: row.last_seen_at,
    registeredAt: row.registered_at,
    buildsCompleted: row.builds_completed,
    buildsFailed: row.builds_failed,
  }
}
