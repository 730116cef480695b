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

/** Undefined where the thread needs no help: JavaScript, or a Node that reads TypeScript. */
function loaderFor(entry: string, module: string): readonly string[] | undefined {
  if (!entry.endsWith('.ts') && !/\.[mc]?tsx?$/.test(module)) return undefined
  if ('typescript' in process.features && process.features.typescript !== false) return undefined
  return ['--import', registerTsx(module, entry)]
}

/** A module that has tsx read TypeScript; its own preload serves the main thread only, on Node 20. */
function registerTsx(...places: readonly string[]): string {
  const api = JSON.stringify(tsxFrom(places))
  const code = `import { register } from ${api}; register()`
  return `data:text/javascript,${encodeURIComponent(code)}`
}

function tsxFrom(places: readonly string[]): string {
  for (const place of places) {
    try {
      const required = createRequire(place).resolve('tsx/esm/api')
      return pathToFileURL(required.replace(/\.cjs$/, '.mjs')).href
    } catch {
      // Not installed there.
    }
  }
  throw new Problem('no_typescript', `a thread cannot run ${places[0]}: this Node reads no TypeScript`, {
    field: 'thread.module',
    wayOut: 'install tsx, compile the module, or set thread.execArgv',
  })
}
