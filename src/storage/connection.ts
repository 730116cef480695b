import type { ClientBase, QueryResult } from 'pg'
import { isConnectionLoss, statementProblem } from './database-problem.ts'
import type { Sql, SqlValue } from './sql.ts'
import { type Statement, statementOf } from './statement.ts'

/**
 * One connection while somebody holds it. Statements run one after the other,
 * also when started together; a lost connection is remembered, so that nobody
 * gets it again.
 */
export class Connection {
  readonly #client: ClientBase
  readonly #server: string
  #tail: Promise<unknown> = Promise.resolve()
  #lost = false

  constructor(client: ClientBase, server: string) {
    this.#client = client
    this.#server = server
  }

  /** True once a statement failed because the connection did. */
  get lost(): boolean {
    return this.#lost
  }

  /** Runs one statement after all earlier ones. */
  run(statement: Statement): Promise<QueryResult> {
    const running = this.#tail.then(() => this.#send(statement))
    this.#tail = running.catch(() => undefined)
    return running
  }

  async #send(statement: Statement): Promise<QueryResult> {
    try {
      return await this.#client.query<Record<string, unknown>, unknown[]>({
        ...statement,
        values: [...(statement.values ?? [])],
      })
    } catch (error) {
      this.#lost ||= isConnectionLoss(error)
      throw statementProblem(error, this.#server)
    }
  }
}

/** `Sql` over whatever runs statements. */
export function sqlOver(run: (statement: Statement) => Promise<QueryResult>, begin: Sql['begin']): Sql {
  const query = async <Row extends object>(
    strings: TemplateStringsArray,
    ...values: readonly SqlValue[]
  ): Promise<Row[]> => {
    const result = await run(statementOf(strings, values))
    return result.rows
  }
  return Object.assign(query, { begin })
}
