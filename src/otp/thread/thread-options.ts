import type { ResourceLimits } from 'node:worker_threads'
import { Problem } from '../../kernel/index.ts'

/**
 * Where a server runs when it runs in a worker thread of its own, and how much it may use.
 *
 * A thread that meets a limit ends at once, without `terminate`, and its supervisor
 * starts another: with `{ out_of_memory }` (the heap, by `resourceLimits`),
 * `{ external_memory }` or `{ rss }`. Code that leaves the thread by `process.exit(7)`
 * ends it with `{ exit_code: 7 }`.
 */
export interface ThreadOptions {
  /** The module that exports the definition; the definition's own says `import.meta.url`. */
  readonly module: string | URL
  /** The name it is exported by. */
  readonly export: string
  /** What V8 may use; an excess ends the thread and nothing else. */
  readonly resourceLimits?: ResourceLimits | undefined
  /** Most bytes of buffers and other memory outside of the heap, which `resourceLimits` does not cover. */
  readonly externalMaxBytes?: number | undefined
  /**
   * Most resident bytes of the whole program, all threads together: the only measure
   * that works also for a thread that is stuck in a loop. Give it to the one thread to blame.
   */
  readonly rssMaxBytes?: number | undefined
  /** Pause between two looks at the memory; 1000 by default. */
  readonly memoryEveryMs?: number | undefined
  /** Node's options for the thread, instead of this program's. */
  readonly execArgv?: readonly string[] | undefined
}

/** Memory of one thread, as it said itself. */
export interface ThreadMemory {
  readonly heapUsedBytes: number
  readonly heapTotalBytes: number
  /** Buffers and what else lies outside of the heap. */
  readonly externalBytes: number
}

/** Lets sound options pass, and throws for others. */
export function checkedThread(options: ThreadOptions): ThreadOptions {
  if (options.export === '') throw bad('export', '""', 'name the export that holds the definition')
  if (!String(options.module).startsWith('file:')) {
    throw bad(
      'module',
      String(options.module),
      'pass import.meta.url of the module that exports the definition',
    )
  }
  for (const field of ['externalMaxBytes', 'rssMaxBytes', 'memoryEveryMs'] as const) {
    const value = options[field] ?? 1
    if (!(value > 0)) throw bad(field, String(value), 'give a number above 0')
  }
  return options
}

function bad(field: string, value: string, wayOut: string): Problem {
  return new Problem('invalid_thread', `thread.${field} cannot be ${value}`, {
    field: `thread.${field}`,
    wayOut,
  })
}
