import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Problem } from '../../kernel/index.ts'
import type { ThreadOptions } from './thread-options.ts'
import type { Boot } from './wire.ts'

const SOURCE = new URL('./host.thread.ts', import.meta.url)

/** Starts the worker; what it runs lies beside this file, compiled or not, as this file is. */
export function startWorker(options: ThreadOptions, boot: Boot): Worker {
  const compiled = !import.meta.url.endsWith('.ts')
  const entry = compiled ? new URL(SOURCE.href.replace(/\.ts$/, '.js')) : SOURCE
  const { resourceLimits, execArgv = loaderFor(entry.href, boot.module) } = options
  return new Worker(entry, {
    workerData: boot,
    name: boot.definition,
    ...(execArgv && { execArgv: [...execArgv] }),
    ...(resourceLimits && { resourceLimits }),
  })
}

/** Undefined where the thread inherits all it needs: JavaScript, a Node that reads TypeScript, a loader already there. */
function loaderFor(entry: string, module: string): readonly string[] | undefined {
  if (!entry.endsWith('.ts') && !/\.[mc]?tsx?$/.test(module)) return undefined
  if ('typescript' in process.features && process.features.typescript !== false) return undefined
  if (process.execArgv.some((option) => option.includes('tsx'))) return undefined
  return ['--import', tsxFrom(module, entry)]
}

function tsxFrom(...places: readonly string[]): string {
  for (const place of places) {
    try {
      return pathToFileURL(createRequire(place).resolve('tsx')).href
    } catch {
      // Not installed there.
    }
  }
  throw new Problem('no_typescript', `a thread cannot run ${places[0]}: this Node reads no TypeScript`, {
    field: 'thread.module',
    wayOut: 'install tsx, compile the module, or set thread.execArgv',
  })
}
