import { Pool, type PoolClient } from 'pg'
import { type Clock, Problem } from '../kernel/index.ts'
import { Connection, sqlOver } from './connection.ts'
import { connectProblem, isWorthWaiting } from './database-problem.ts'
import type { Slot } from './slot.ts'
import type { Sql } from './sql.ts'
import type { Target } from './target.ts'
import { inTransaction } from './transaction.ts'
import { pause } from './wait.ts'

/** Limits of a pool. */
export interface PoolLimits {
  /** Most connections. */
  readonly max: number
  /** Longest a statement may run. */
  readonly statementTimeoutMs: number
  /** Longest wait for a connection: to be made, or to be given back. */
  readonly waitMs: number
}

/** A pool that can be closed under those who wait for a connection. */
export interface OpenPool {
  readonly target: Target
  readonly counts: { readonly size: number; readonly busy: number; readonly waiting: number }
  connect(): Promise<PoolClient>
  /** Refuses new takers at once; resolves when every connection came back. */
  close(): Promise<void>
}

/** A statement that the server did not end by itself gets this much longer before we call its connection dead. */
const ANSWER_GRACE_MS = 5_000

/** Opens a pool. It connects when first asked, so this cannot fail. */
export function openPool(target: Target, limits: PoolLimits): OpenPool {
  const pool = new Pool({
    ...target.config,
    max: limits.max,
    connectionTimeoutMillis: limits.waitMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'quorate',
  })
  // The pool replaces a lost connection by itself; unheard, its error would end this program.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  let closing: Promise<void> | undefined
  const takers = new Set<(reason: Error) => void>()
  return {
    target,
    get counts() {
      return { size: pool.totalCount, busy: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }
    },
    connect: () => takeFrom(pool, takers),
    close() {
      for (const refuse of takers) refuse(new Error('Cannot use a pool that was closed'))
      takers.clear()
      closing ??= pool.end()
      return closing
    },
  }
}

/** A connection that arrives after its taker was refused goes back. */
function takeFrom(pool: Pool, takers: Set<(reason: Error) => void>): Promise<PoolClient> {
  return new Promise((resolve, refuse) => {
    takers.add(refuse)
    pool.connect().then(
      (client) => (takers.delete(refuse) ? resolve(client) : client.release()),
      (error: unknown) => {
        takers.delete(refuse)
        refuse(error)
      },
    )
  })
}

/** Pause between two attempts to get a connection. */
const RETRY_MS = 100

/** `Sql` over whatever pool is in the slot: waits for one, never sends a statement twice. */
export function pooledSql(slot: Slot<OpenPool>, waitMs: number, clock: Clock): Sql {
  const hold = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const { client, server } = await obtain(slot, waitMs, clock)
    const connection = new Connection(client, server)
    try {
      return await work(connection)
    } finally {
      client.release(connection.lost)
    }
  }
  return sqlOver(
    (statement) => hold((connection) => connection.run(statement)),
    (work) => hold((connection) => inTransaction(connection, work)),
  )
}

async function obtain(
  slot: Slot<OpenPool>,
  waitMs: number,
  clock: Clock,
): Promise<{ client: PoolClient; server: string }> {
  const deadline = clock.monotonicMs() + waitMs
  for (;;) {
    const pool = await slot.take(Math.max(0, deadline - clock.monotonicMs()))
    if (pool === undefined) throw notRunning(waitMs)
    try {
      return { client: await pool.connect(), server: pool.target.label }
    } catch (error) {
      const over = clock.monotonicMs() + RETRY_MS > deadline
      if (over || !isWorthWaiting(error)) throw connectProblem(error, pool.target.label)
    }
    await pause(clock, RETRY_MS)
  }
}

function notRunning(waitMs: number): Problem {
  return new Problem('database_unavailable', `the database was not up within ${waitMs} ms`, {
    wayOut: 'Try again; if it stays so, `quorate doctor` says what is wrong.',
  })
}
