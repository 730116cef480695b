import type { ProcessView } from './node.ts'

/** A process of the tree with its place: `path` is the ids from the root down. */
export interface PlacedProcess {
  readonly path: string
  readonly depth: number
  readonly process: ProcessView
  /** For each ancestor below the root and the process itself: is it the last of its siblings? */
  readonly lasts: readonly boolean[]
}

/** A process came back with a new pid. */
export interface Healing {
  readonly path: string
  readonly id: string
  readonly before: string
  readonly after: string
}

/** The tree from the root down, parents before children. */
export function flattened(root: ProcessView): readonly PlacedProcess[] {
  const rows: PlacedProcess[] = []
  const visit = (process: ProcessView, parent: PlacedProcess | undefined, last: boolean): void => {
    const row: PlacedProcess = {
      path: parent ? `${parent.path}/${placeName(process, parent.process)}` : process.id,
      depth: parent ? parent.depth + 1 : 0,
      process,
      lasts: parent ? [...parent.lasts, last] : [],
    }
    rows.push(row)
    for (const [at, child] of process.children.entries())
      visit(child, row, at === process.children.length - 1)
  }
  visit(root, undefined, true)
  return rows
}

/** The pid of each place; a place whose process is just being restarted keeps the one it had. */
export type Pids = ReadonlyMap<string, string>

/** Who is where now, given who was where before. */
export function pidsOf(root: ProcessView, before: Pids): Pids {
  const pids = new Map<string, string>()
  for (const { path, process } of flattened(root)) {
    const pid = process.status === 'running' ? process.pid : before.get(path)
    if (pid !== undefined) pids.set(path, pid)
  }
  return pids
}

/** Which processes run again under a new pid. */
export function healings(before: Pids, after: ProcessView): readonly Healing[] {
  return flattened(after).flatMap(({ path, process }) => {
    const old = before.get(path)
    return old === undefined || old === process.pid || process.status !== 'running'
      ? []
      : [{ path, id: process.id, before: old, after: process.pid }]
  })
}

/** Messages handled in a second between two looks, by pid. */
export function rates(
  before: ProcessView,
  after: ProcessView,
  elapsedMs: number,
): ReadonlyMap<string, number> {
  const handled = new Map(flattened(before).map(({ process }) => [process.pid, process.handled]))
  return new Map(
    flattened(after).flatMap(({ process }) => {
      const old = handled.get(process.pid)
      return old === undefined || elapsedMs <= 0
        ? []
        : [[process.pid, ((process.handled - old) * 1_000) / elapsedMs] as const]
    }),
  )
}

/** The id, unless a sibling has the same (children started on demand may): then the pid. */
function placeName(process: ProcessView, parent: ProcessView): string {
  const alone = parent.children.every((sibling) => sibling === process || sibling.id !== process.id)
  return alone ? process.id : process.pid
}
