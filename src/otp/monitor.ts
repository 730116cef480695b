import type { ExitReason } from './exit.ts'
import { listItems, withItem, withoutItem } from './few.ts'
import type { Down, MonitorRef, Pid } from './pid.ts'
import type { Process } from './process.ts'
import { unwatch, type Watcher, watch } from './watcher.ts'

let lastMonitor = 0

/** One monitor of `owner` on `target`; a second one on the same target is another monitor. */
export class Monitor implements Watcher, MonitorRef {
  readonly monitor = ++lastMonitor
  newer: Watcher | undefined
  older: Watcher | undefined
  // Hidden also from printers: a DOWN in a test's output must not show the whole runtime.
  readonly #owner: Process
  readonly #name: string | undefined
  #target: Process | undefined

  /** Without a living target, the `DOWN` (noproc) is on its way at once. */
  constructor(owner: Process, target: Process | undefined, pid: Pid | undefined, name: string | undefined) {
    this.#owner = owner
    this.#name = name
    this.#target = target
    if (!target) {
      owner.deliver(this.down(pid, 'noproc'))
      return
    }
    watch(target, this)
    owner.monitors = withItem(owner.monitors, this)
  }

  /** Who watches. */
  get watcher(): Pid {
    return this.#owner.pid
  }

  /** Who is watched; undefined once that has ended. */
  get watched(): Pid | undefined {
    return this.#target?.pid
  }

  processEnded(pid: Pid, reason: ExitReason): void {
    this.#target = undefined
    this.#owner.monitors = withoutItem(this.#owner.monitors, this)
    this.#owner.deliver(this.down(pid, reason))
  }

  /** Ends the watch; a `DOWN` already in the mailbox stays there. */
  stop(): void {
    if (this.#target) unwatch(this.#target, this)
    this.#target = undefined
    this.#owner.monitors = withoutItem(this.#owner.monitors, this)
  }

  private down(pid: Pid | undefined, reason: ExitReason): Down {
    return { type: 'DOWN', ref: this, pid, name: this.#name, reason }
  }
}

/** Resolves with the reason when `process` ends; for the runtime's own use, past any mailbox. */
export function whenDown(process: Process): Promise<ExitReason> {
  return new Promise((resolve) => {
    watch(process, { newer: undefined, older: undefined, processEnded: (_pid, reason) => resolve(reason) })
  })
}

/** Whom `process` monitors, once for each monitor. */
export function monitorsBy(process: Process): readonly Pid[] {
  return listItems(process.monitors).flatMap((monitor) => monitor.watched ?? [])
}

/** Who monitors `process`, once for each monitor, oldest first. */
export function monitorsOn(process: Process): readonly Pid[] {
  const pids: Pid[] = []
  for (let watcher = process.watchers; watcher; watcher = watcher.older)
    if (watcher instanceof Monitor) pids.push(watcher.watcher)
  return pids.reverse()
}
