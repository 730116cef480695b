import { emit, Problem } from '../kernel/index.ts'
import { defineServer } from '../otp/index.ts'
import { checkTarget, migrateTarget } from './migrate.ts'
import { type OpenPool, openPool } from './pool.ts'
import { SchemaReady } from './storage.events.ts'
import type { StorageParts } from './storage-parts.ts'
import type { Target } from './target.ts'
import { atMost, pause } from './wait.ts'

interface State {
  readonly parts: StorageParts
  readonly pool: OpenPool
}

/**
 * Keeps the pool behind `database.sql` open, after the schema is right.
 *
 * Owns the connections. A crash breaks the statements under way, which end as
 * `database_unavailable`; later ones wait for the next pool.
 */
export const ConnectionPool = defineServer({
  name: 'storage.pool',
  init: async (parts: StorageParts, ctx): Promise<State> => {
    ctx.trapExit(true)
    const target = parts.target.current
    if (target === undefined)
      throw new Problem('database_unavailable', 'the embedded PostgreSQL does not run')
    await readySchema(parts, target, ctx.signal)
    const pool = openPool(target, parts.limits)
    ctx.signal.addEventListener('abort', () => void shut({ parts, pool }))
    if (!ctx.signal.aborted) parts.pool.fill(pool)
    return { parts, pool }
  },
  terminate: (_reason, state) => atMost(state.parts.clock, GOODBYE_MS, shut(state)),
})

/** Statements under way get this long to end when the node stops. */
const GOODBYE_MS = 3_000

async function shut({ parts, pool }: State): Promise<void> {
  parts.pool.empty(pool)
  await pool.close()
}

/** Pause between two attempts to reach a server that may still be starting. */
const RETRY_MS = 250

async function readySchema(parts: StorageParts, target: Target, signal: AbortSignal): Promise<void> {
  const deadline = parts.clock.monotonicMs() + parts.limits.waitMs
  while (!parts.schemaReady) {
    try {
      await look(parts, target)
      parts.schemaReady = true
    } catch (error) {
      const waits = error instanceof Problem && error.code === 'database_unavailable'
      if (!waits || signal.aborted || parts.clock.monotonicMs() > deadline) throw error
      await pause(parts.clock, RETRY_MS, signal)
    }
  }
}

async function look({ migrate, migrationsDir }: StorageParts, target: Target): Promise<void> {
  if (migrate === 'check') return await checkTarget(target, migrationsDir)
  const { applied, done } = await migrateTarget(target, migrationsDir)
  emit(SchemaReady, { version: applied.at(-1), applied: done })
}
