/**
 * The program of a worker thread: imports the module that `ThreadOptions` name,
 * finds the definition in it, and serves it.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Problem } from '../../kernel/index.ts'
import { reasonOf } from '../exit.ts'
import { type Callbacks, callbacksOf } from '../server/callbacks.ts'
import { ThreadHost } from './thread-host.ts'
import type { Batch, Boot } from './wire.ts'

if (parentPort) await run(parentPort, workerData as Boot)

async function run(port: MessagePort, boot: Boot): Promise<void> {
  const host = new ThreadHost(port, boot)
  try {
    const take = host.serve(await load(boot))
    port.on('message', (batch: Batch) => take(batch))
  } catch (thrown) {
    host.failed(reasonOf(thrown))
  }
}

async function load({ module, export: name, definition }: Boot): Promise<Callbacks> {
  const exported = ((await import(module)) as Readonly<Record<string, unknown>>)[name]
  const callbacks = typeof exported === 'object' && exported ? callbacksOf(exported) : undefined
  if (callbacks?.name === definition) return callbacks
  const found = callbacks ? `the server "${callbacks.name}"` : 'no server'
  throw new Problem('wrong_export', `${module} exports ${found} as "${name}", not "${definition}"`, {
    field: 'thread.export',
    wayOut: 'name the export that holds the definition which is started',
  })
}
