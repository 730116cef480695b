import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Client, createClient } from '../../src/client/index.ts'
import { quorate, type Running, scratch, signalTo } from './processes.ts'

/** The admin key of every server under test. */
export const ADMIN_KEY = 'test-admin-key-0123456789abcdef0123'

/** A running `quorate start`. */
export interface Server extends Running {
  readonly url: string
  readonly dataDir: string
  readonly client: Client
}

/** How a server under test differs from a default one. */
export interface ServerOptions {
  /** Reuse it to start again on the same data. */
  readonly dataDir?: string
  readonly env?: Record<string, string>
  readonly args?: readonly string[]
}

/** Starts a node with an embedded database on a free port; resolves when it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const dataDir = options.dataDir ?? join(await scratch(), 'data')
  onTestFinished(() => stopPostgres(dataDir))
  const args = ['start', '--port', '0', '--data-dir', dataDir, ...(options.args ?? [])]
  const server = quorate(args, { env: { QUORATE_API_KEY: ADMIN_KEY, ...options.env } })
  const [, url = ''] = await server.says(/(http:\/\/127\.0\.0\.1:\d+)/)
  return { ...server, url, dataDir, client: createClient({ url, key: ADMIN_KEY }) }
}

/** The embedded PostgreSQL outlives a killed node on purpose; a test must not leave it. */
async function stopPostgres(dataDir: string): Promise<void> {
  const pid = await postgresPid(dataDir)
  if (pid !== undefined) signalTo(pid, 'SIGQUIT')
}

/** Process id of the embedded PostgreSQL under a data folder, if one runs or was killed. */
export async function postgresPid(dataDir: string): Promise<number | undefined> {
  const file = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(file.split('\n')[0])
  return pid > 0 ? pid : undefined
}
