import { join } from 'node:path'
import { quorate, type Running, scratch } from './processes.ts'
import { ADMIN_KEY, type Server } from './server.ts'

/** What a worker under test does. */
export interface WorkerOptions {
  readonly command: string
  readonly artifact: string
  readonly name?: string
  /** Pause between two signs of life; the lease is six of them. */
  readonly heartbeat?: string
}

/** Starts `quorate worker` in its own folder; resolves when it has registered. */
export async function startWorker(server: Pick<Server, 'url'>, options: WorkerOptions): Promise<Running> {
  const { command, artifact, name = 'worker', heartbeat = '5s' } = options
  const workDir = join(await scratch(), 'work')
  const worker = quorate(
    [
      ...['worker', '--url', server.url, '--platform', 'linux', '--name', name, '--work-dir', workDir],
      ...['--exec', command, '--artifact', artifact, '--heartbeat', heartbeat],
    ],
    { env: { QUORATE_API_KEY: ADMIN_KEY } },
  )
  await worker.says(/registered/)
  return worker
}
