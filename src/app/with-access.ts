import { type Access, createAccess } from '../http/index.ts'
import { createRuntime } from '../otp/index.ts'
import { createDatabase, storageSupervisor } from '../storage/index.ts'
import type { Config } from './config.ts'
import { startProblem } from './heart.ts'
import { storageOptions } from './storage-options.ts'

/**
 * Works on a node's API keys, whether the node runs or not: joins its database, or starts the
 * embedded one for as long as the work takes. Rejects with the `Problem` that kept storage from starting.
 */
export async function withAccess<T>(config: Config, work: (access: Access) => Promise<T>): Promise<T> {
  const runtime = createRuntime({ logger: () => undefined })
  const database = createDatabase(storageOptions(config))
  try {
    const started = await storageSupervisor(database).start({ runtime, parent: runtime.root })
    if (started.status !== 'started') throw startProblem(started)
    return await work(createAccess(database))
  } finally {
    await runtime.stop()
  }
}
