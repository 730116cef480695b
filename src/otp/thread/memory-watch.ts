import { emit, hasListeners } from '../../kernel/index.ts'
import type { ExitReason } from '../exit.ts'
import type { Process } from '../process.ts'
import { doLater } from '../process-context.ts'
import { type AboutThread, ThreadMeasured } from './thread.events.ts'
import type { ThreadMemory, ThreadOptions } from './thread-options.ts'

/** What a watch needs of the thread it watches. */
interface Watched {
  readonly process: Process & { crash(reason: ExitReason): void }
  readonly options: ThreadOptions
  about(): AboutThread
}

/** Holds a thread to its limits of memory beyond the heap, which V8 watches itself. */
export class MemoryWatch {
  /** What the thread last said of itself. */
  last: ThreadMemory | undefined
  private readonly thread: Watched

  constructor(thread: Watched) {
    this.thread = thread
  }

  measured(memory: ThreadMemory): void {
    const { process, options, about } = this.thread
    this.last = memory
    if (hasListeners(ThreadMeasured)) emit(ThreadMeasured, { ...about(), ...memory })
    const { externalMaxBytes: maxBytes } = options
    const { externalBytes: bytes } = memory
    if (maxBytes !== undefined && bytes > maxBytes) process.crash({ external_memory: { bytes, maxBytes } })
  }

  /** Looks from outside, again and again: a thread in a loop cannot say anything. */
  watchRss(everyMs: number): void {
    const { process: owner, options } = this.thread
    const { rssMaxBytes: maxBytes } = options
    if (maxBytes === undefined) return
    doLater(owner.host, everyMs, () => {
      if (!owner.alive) return
      const bytes = process.memoryUsage.rss()
      if (bytes > maxBytes) owner.crash({ rss: { bytes, maxBytes } })
      else this.watchRss(everyMs)
    })
  }
}
