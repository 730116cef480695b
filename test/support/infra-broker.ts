import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Problem } from '../../src/kernel/index.ts'
import type { InfraAnswer } from './test-database.ts'
import { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './test-postgres.ts'

/**
 * Starts what tests need when the first of them asks, once per run, and says
 * at the end what was used. Tests run in other processes, so they ask over
 * HTTP: `POST /migrated` or `POST /blank` answers with a new database's
 * address, `DELETE` with that address as body drops it.
 */
export class InfraBroker {
  readonly #options: TestPostgresOptions
  #postgres: Promise<TestPostgres> | undefined
  #made = 0
  #server: Server | undefined

  constructor(options: TestPostgresOptions) {
    this.#options = options
  }

  /** The address to hand to tests. */
  async open(): Promise<string> {
    const server = createServer((request, response) => {
      void this.#answer(request).then((answer) => response.end(JSON.stringify(answer)))
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async #answer(request: IncomingMessage): Promise<InfraAnswer> {
    this.#postgres ??= startTestPostgres(this.#options)
    try {
      const postgres = await this.#postgres
      if (request.method === 'DELETE') {
        await postgres.drop(await text(request))
        return { ok: true, url: '' }
      }
      this.#made += 1
      return { ok: true, url: await postgres.create(request.url === '/blank' ? 'blank' : 'migrated') }
    } catch (error) {
      return { ok: false, why: explain(error), absent: isAbsent(error) }
    }
  }

  /** Stops what was started; returns one line on what was used, or why not. */
  async close(): Promise<string> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    if (this.#postgres === undefined) return 'infra: PostgreSQL not needed'
    try {
      const postgres = await this.#postgres
      await postgres.stop()
      return `infra: PostgreSQL used (${postgres.origin}, ${this.#made} databases)`
    } catch (error) {
      return `infra: PostgreSQL SKIPPED: ${explain(error)}`
    }
  }
}

/** A machine may have no server; migrations that do not run are a mistake of ours. */
function isAbsent(error: unknown): boolean {
  return error instanceof Problem && !/^(migration|schema)/.test(error.code)
}

function explain(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  const wayOut = error instanceof Problem ? (error.wayOut ?? '') : ''
  return `${why} ${wayOut} (tests: set TEST_DATABASE_URL to a server where databases may be made)`
}
