import type { ExitReason } from './exit.ts'
import type { Pid } from './pid.ts'

/** Must hear of the end of a process: a monitor on it, a call to it. Linked in, newest first. */
export interface Watcher {
  newer: Watcher | undefined
  older: Watcher | undefined
  processEnded(pid: Pid, reason: ExitReason): void
}

/** What can be watched; the chain is in the watchers, so that watching allocates nothing. */
export interface Watched {
  watchers: Watcher | undefined
}

/** Adds a watcher. */
export function watch(watched: Watched, watcher: Watcher): void {
  watcher.older = watched.watchers
  if (watched.watchers) watched.watchers.newer = watcher
  watched.watchers = watcher
}

/** Removes a watcher; harmless when it is not in. */
export function unwatch(watched: Watched, watcher: Watcher): void {
  if (watcher.newer) watcher.newer.older = watcher.older
  else if (watched.watchers === watcher) watched.watchers = watcher.older
  if (watcher.older) watcher.older.newer = watcher.newer
  watcher.newer = watcher.older = undefined
}

/** Removes all watchers and gives them, oldest first. */
export function takeWatchers(watched: Watched): readonly Watcher[] {
  const taken: Watcher[] = []
  for (let watcher = watched.watchers; watcher; watcher = watcher.older) taken.push(watcher)
  for (const watcher of taken) watcher.newer = watcher.older = undefined
  watched.watchers = undefined
  return taken.reverse()
}
