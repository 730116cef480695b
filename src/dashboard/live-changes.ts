/**
 * What changed since the readers were told, and which news are due. A burst of
 * changes to one thing becomes one piece of news, sent when its pause is over.
 */
export interface Changes {
  /** Ids of changed builds that were not sent yet. */
  readonly builds: ReadonlySet<string>
  /** News whose timer runs. */
  readonly due: ReadonlySet<News>
}

/** Builds one by one; the farm's counts and workers; the supervision tree. */
export type News = 'builds' | 'farm' | 'tree'

/** Shortest time between two of a kind, in milliseconds: at most ten events a second for one build. */
export const PAUSE_MS: Readonly<Record<News, number>> = { builds: 100, farm: 500, tree: 250 }

/** Nothing to tell. */
export const noChanges: Changes = { builds: new Set(), due: new Set() }

/** Notes that a build changed. */
export function buildChanged(changes: Changes, id: string): Changes {
  return { ...changes, builds: new Set(changes.builds).add(id) }
}

/** Starts the pause of some news. */
export function awaiting(changes: Changes, news: News): Changes {
  return { ...changes, due: new Set(changes.due).add(news) }
}

/** The pause is over: what is to be loaded and sent now, and what remains. */
export function taken(
  changes: Changes,
  news: News,
): { readonly builds: readonly string[]; readonly rest: Changes } {
  const due = new Set(changes.due)
  due.delete(news)
  return news === 'builds'
    ? { builds: [...changes.builds], rest: { builds: new Set(), due } }
    : { builds: [], rest: { ...changes, due } }
}
