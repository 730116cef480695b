/** What must be true after a run that was killed and went on. */
import { type ApiStats, rowsOf } from './api.ts'
import type { Entry } from './journal.ts'

/** What happened. */
export interface Outcome {
  readonly entries: readonly Entry[]
  /** What was written when the first run was killed. */
  readonly before: readonly Entry[]
  readonly killedBy: number | NodeJS.Signals
  /** How the second run ended. */
  readonly code: number | NodeJS.Signals
  readonly properties: number
  readonly pages: number
  readonly stats: ApiStats
}

/** Everything that is wrong with an outcome, one line each. */
export function faultsIn(outcome: Outcome): readonly string[] {
  const { killedBy, code, before, properties, pages, stats } = outcome
  const total = properties * pages
  const faults = [
    [killedBy === 'SIGKILL', `the first run was not killed, it ended with ${killedBy}`],
    [before.length > 0 && before.length < total, `it was killed with ${before.length} of ${total} done`],
    [code === 0, `the second run ended with ${code}`],
    [stats.failed > 0 && stats.slow > 0 && stats.tooMany > 0, 'the API was too kind to prove anything'],
  ] as const
  return [...faults.filter(([holds]) => !holds).map(([, fault]) => fault), ...contents(outcome)]
}

function contents({ entries, before, properties, pages }: Outcome): readonly string[] {
  const written = new Map<string, Entry[]>()
  for (const entry of entries) written.set(entry.id, [...(written.get(entry.id) ?? []), entry])
  const wanted = Array.from({ length: properties * pages }, (_, index) => ({
    property: `site-${Math.floor(index / pages) + 1}`,
    page: index % pages,
  }))
  return [
    ...before.flatMap(({ id }) => (written.has(id) ? [] : `${id} was written before the kill and is gone`)),
    ...wanted.flatMap(({ property, page }) => flaw(property, page, written.get(`${property}/${page}`) ?? [])),
  ]
}

function flaw(property: string, page: number, written: readonly Entry[]): readonly string[] {
  const [entry] = written
  if (!entry) return [`${property}/${page} is lost`]
  if (written.length > 1) return [`${property}/${page} is there ${written.length} times`]
  const right = JSON.stringify(entry.rows) === JSON.stringify(rowsOf(property, page))
  return right ? [] : [`${property}/${page} holds something else`]
}
