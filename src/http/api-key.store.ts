import type { Scope } from '../contract/index.ts'
import type { Sql } from '../storage/index.ts'

/** A key as it may be shown: never the key itself, of which only the hash exists. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Date
  /** To about a minute. */
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

/** Keys and sessions by the SHA-256 of their tokens. */
export interface ApiKeyStore {
  /** Adds a key; when its hash is there already, returns that one unchanged. */
  insert(key: { id: string; name: string; scopes: readonly Scope[]; hash: string }): Promise<ApiKey>
  /** The key that is not revoked; notes that it was used. */
  use(hash: string): Promise<ApiKey | undefined>
  list(): Promise<readonly ApiKey[]>
  /** False when there is no such key or it is revoked already. Its sessions end with it. */
  revoke(id: string): Promise<boolean>
  /** Keys that are not revoked. */
  count(): Promise<number>
  insertSession(session: { hash: string; keyId: string; lifeSeconds: number }): Promise<void>
  /** The key behind a session that has not ended. */
  useSession(hash: string): Promise<ApiKey | undefined>
  removeSession(hash: string): Promise<void>
}

interface Row {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
}

const toKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
})

const first = (rows: readonly Row[]): ApiKey | undefined => (rows[0] ? toKey(rows[0]) : undefined)

/** Binds the statements to a pool or an open transaction. */
export function apiKeyStore(sql: Sql): ApiKeyStore {
  return {
    async insert({ id, name, scopes, hash }) {
      const [row] = await sql<Row>`
        insert into http_api_keys (id, name, scopes, key_hash)
        values (${id}, ${name}, ${[...scopes]}, ${hash})
        on conflict (key_hash) do update set key_hash = excluded.key_hash
        returning *`
      if (!row) throw new Error('an insert returned no row')
      return toKey(row)
    },

    async use(hash) {
      return first(
        await sql<Row>`
          update http_api_keys set last_used_at = now()
           where key_hash = ${hash} and revoked_at is null
          returning *`,
      )
    },

    async list() {
      const rows = await sql<Row>`select * from http_api_keys order by created_at, id`
      return rows.map(toKey)
    },

    revoke: (id) =>
      sql.begin(async (transaction) => {
        const rows = await transaction`
          update http_api_keys set revoked_at = now() where id = ${id} and revoked_at is null returning id`
        await transaction`delete from http_sessions where key_id = ${id}`
        return rows.length > 0
      }),

    async count() {
      const [row] = await sql<{ count: number }>`
        select count(*) as count from http_api_keys where revoked_at is null`
      return row?.count ?? 0
    },

    async insertSession({ hash, keyId, lifeSeconds }) {
      await sql`delete from http_sessions where expires_at < now()`
      await sql`
        insert into http_sessions (token_hash, key_id, expires_at)
        values (${hash}, ${keyId}, now() + make_interval(secs => ${lifeSeconds}))`
    },

    async useSession(hash) {
      return first(
        await sql<Row>`
          select k.* from http_sessions s join http_api_keys k on k.id = s.key_id
           where s.token_hash = ${hash} and s.expires_at > now() and k.revoked_at is null`,
      )
    },

    async removeSession(hash) {
      await sql`delete from http_sessions where token_hash = ${hash}`
    },
  }
}
