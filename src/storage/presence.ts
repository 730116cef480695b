import { Client } from 'pg'
import { connectProblem, isWorthWaiting } from './database-problem.ts'
import type { Target } from './target.ts'

/** That this node uses an embedded server, as other nodes can tell. */
export interface Presence {
  /** Resolves when the server is gone, or threw us out. */
  readonly lost: Promise<void>
  /** Ends it; true for the last one, whose part it is to stop the server. */
  isLast(): Promise<boolean>
  /** Ends it at once, asking nothing. */
  close(): Promise<void>
}

/**
 * Every node holds this advisory lock shared while it uses the server, through
 * a connection that ends with the node however it dies. Whoever can take it
 * alone is the last one. Nothing can be stale, and no process number is trusted.
 */
const PRESENCE = 7_316_001

/** Declares presence; nothing when the server is not up yet, or just going down. */
export async function enter(target: Target): Promise<Presence | undefined> {
  const keeper = new Client({ ...target.config, application_name: 'quorate keeper' })
  keeper.on('error', () => undefined)
  const lost = new Promise<void>((resolve) => keeper.once('end', resolve))
  const close = (): Promise<void> => keeper.end().catch(() => undefined)
  try {
    await keeper.connect()
    await keeper.query('select pg_advisory_lock_shared($1)', [PRESENCE])
    return { lost, close, isLast: () => isLast(keeper) }
  } catch (error) {
    await close()
    if (isWorthWaiting(error)) return undefined
    throw connectProblem(error, target.label)
  }
}

/** How long a node that was killed may seem present: until its connection is found closed. */
const GHOST_MS = 1_000

/** False when somebody else is present, and when the server is gone already and there is nothing to stop. */
async function isLast(keeper: Client): Promise<boolean> {
  try {
    await keeper.query('select pg_advisory_unlock_shared($1)', [PRESENCE])
    await keeper.query(`set lock_timeout = ${GHOST_MS}`)
    await keeper.query('select pg_advisory_lock($1)', [PRESENCE])
    return true
  } catch {
    return false
  }
}
