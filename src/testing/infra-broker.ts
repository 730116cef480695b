import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './test-postgres.ts'

/** What a test hears when it asks for a server. */
export type InfraAnswer =
  | { readonly ok: true; readonly url: string; readonly template: string }
  | { readonly ok: false; readonly why: string }

/**
 * Starts what tests need when the first of them asks, once per run, and says
 * at the end what was used. Tests run in other processes, so they ask over HTTP.
 */
export class InfraBroker {
  readonly #options: TestPostgresOptions
  #postgres: Promise<TestPostgres> | undefined
  #asked = 0
  #server: Server | undefined

  constructor(options: TestPostgresOptions) {
    this.#options = options
  }

  /** The address to hand to tests. */
  async open(): Promise<string> {
    const server = createServer((_request, response) => {
      void this.#answer().then((answer) => response.end(JSON.stringify(answer)))
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return `http://127.0.0.1:${port}/`
  }

  async #answer(): Promise<InfraAnswer> {
    this.#asked += 1
    this.#postgres ??= startTestPostgres(this.#options)
    try {
      const { url, template } = await this.#postgres
      return { ok: true, url, template }
    } catch (error) {
      return { ok: false, why: wayOut(error) }
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
      return `infra: PostgreSQL used (${postgres.origin}, asked for by ${this.#asked} files)`
    } catch (error) {
      return `infra: PostgreSQL SKIPPED: ${wayOut(error)}`
    }
  }
}

function wayOut(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return `${why} (set TEST_DATABASE_URL to a server where databases may be made)`
}
