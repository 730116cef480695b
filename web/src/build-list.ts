import type { BuildPage, BuildView } from '../../src/contract/index.ts'
import type { BuildFilter } from './route.ts'

/**
 * The rows on show and what waits to be shown. While the reader looks further
 * down or has paused, rows change in place but none appears, leaves or moves;
 * what would have is counted in `waiting`.
 */
export interface BuildList {
  readonly filter: BuildFilter
  readonly rows: readonly BuildView[]
  readonly waiting: ReadonlyMap<string, BuildView>
  /** Cursor of the next older page, null when the oldest build is here. */
  readonly next: string | null
}

/** A list as the server gave it. */
export function listOf(filter: BuildFilter, page: BuildPage): BuildList {
  return { filter, rows: page.builds, waiting: new Map(), next: page.next }
}

/** Adds an older page below. */
export function olderPage(list: BuildList, page: BuildPage): BuildList {
  const known = new Set(list.rows.map((row) => row.id))
  return {
    ...list,
    rows: [...list.rows, ...page.builds.filter((row) => !known.has(row.id))],
    next: page.next,
  }
}

/** A build changed somewhere. `held` keeps the rows where they are. */
export function changed(list: BuildList, build: BuildView, held: boolean): BuildList {
  if (list.rows.some((row) => row.id === build.id)) return updated(list, build, held)
  if (!belongs(build, list.filter) || isOlderThanList(list, build)) return withoutWaiting(list, build.id)
  if (held) return { ...list, waiting: new Map(list.waiting).set(build.id, build) }
  return { ...withoutWaiting(list, build.id), rows: inserted(list.rows, build) }
}

/** Shows what waited, and drops the rows that left the filter meanwhile. */
export function shown(list: BuildList): BuildList {
  const kept = list.rows.filter((row) => belongs(row, list.filter))
  return { ...list, rows: [...list.waiting.values()].reduce(inserted, kept), waiting: new Map() }
}

/** True when the filter lets the build through. */
export function belongs(build: BuildView, filter: BuildFilter): boolean {
  return (
    (filter.state === undefined || filter.state === build.state) &&
    (filter.platform === undefined || filter.platform === build.platform) &&
    (filter.workerId === undefined || filter.workerId === build.worker_id)
  )
}

function updated(list: BuildList, build: BuildView, held: boolean): BuildList {
  const stays = held || belongs(build, list.filter)
  return {
    ...list,
    rows: stays
      ? list.rows.map((row) => (row.id === build.id ? build : row))
      : list.rows.filter((row) => row.id !== build.id),
  }
}

/** Below the loaded rows: it comes with the older pages, in its place. */
function isOlderThanList(list: BuildList, build: BuildView): boolean {
  const oldest = list.rows.at(-1)
  return list.next !== null && oldest !== undefined && build.submitted_at < oldest.submitted_at
}

function withoutWaiting(list: BuildList, id: string): BuildList {
  if (!list.waiting.has(id)) return list
  const waiting = new Map(list.waiting)
  waiting.delete(id)
  return { ...list, waiting }
}

/** Newest first; times are ISO 8601 in UTC, so text order is time order. */
function inserted(rows: readonly BuildView[], build: BuildView): readonly BuildView[] {
  const at = rows.findIndex((row) => row.submitted_at <= build.submitted_at)
  return at === -1 ? [...rows, build] : rows.toSpliced(at, 0, build)
}
