import { type Connection, sqlOver } from './connection.ts'
import type { Sql } from './sql.ts'

/** Runs `work` between BEGIN and COMMIT, or ROLLBACK when it rejects. */
export function inTransaction<T>(connection: Connection, work: (sql: Sql) => Promise<T>): Promise<T> {
  return bracket(connection, work, 0, {
    open: 'begin',
    close: 'commit',
    undo: 'rollback',
  })
}

interface Brackets {
  readonly open: string
  readonly close: string
  readonly undo: string
}

async function bracket<T>(
  connection: Connection,
  work: (sql: Sql) => Promise<T>,
  depth: number,
  brackets: Brackets,
): Promise<T> {
  await connection.run({ text: brackets.open })
  const scope = scopeOf(connection, depth)
  try {
    const value = await work(scope.sql)
    scope.end()
    await close(connection, brackets.close)
    return value
  } catch (error) {
    scope.end()
    if (!connection.lost) await connection.run({ text: brackets.undo }).catch(() => undefined)
    throw error
  }
}

/**
 * PostgreSQL answers COMMIT with "ROLLBACK" when a statement failed and the
 * work went on regardless; that must not look like success.
 */
async function close(connection: Connection, text: string): Promise<void> {
  const { command } = await connection.run({ text })
  if (command === 'ROLLBACK') {
    throw new Error('nothing was committed: a statement failed in this transaction and its error was ignored')
  }
}

/** An `Sql` that works until its bracket closes. */
function scopeOf(connection: Connection, depth: number): { sql: Sql; end(): void } {
  let over = false
  const alive = (): void => {
    if (over) throw new Error('this transaction is over: use the sql it was started from')
  }
  const sql = sqlOver(
    async (statement) => {
      alive()
      return await connection.run(statement)
    },
    async (work) => {
      alive()
      return await bracket(connection, work, depth + 1, savepoint(depth + 1))
    },
  )
  return { sql, end: () => (over = true) }
}

function savepoint(depth: number): Brackets {
  return {
    open: `savepoint s${depth}`,
    close: `release savepoint s${depth}`,
    undo: `rollback to savepoint s${depth}`,
  }
}
