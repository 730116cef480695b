import type { Builds, FarmTotals } from '../builds/index.ts'
import type { Clock } from '../kernel/index.ts'
import type { Routes } from './server-options.ts'

const REMEMBERED_MS = 10_000

/** `/api/stats`, also as `/public/stats`: figures for a public page, from any origin, true also when small. */
export const farmStatsRoutes =
  (builds: Builds): Routes =>
  (server) => {
    const totals = remembering(server.quorate.clock, () => builds.totals())
    for (const path of ['/api/stats', '/public/stats']) {
      server.get(path, async (_request, reply) => {
        reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=10' })
        return publicStats(await totals())
      })
    }
  }

const publicStats = (totals: FarmTotals) => ({
  nodesOnline: totals.workersOnline,
  buildsQueued: totals.pending,
  activeBuilds: totals.active,
  buildsToday: totals.completedToday,
  totalBuilds: totals.total,
  totalBuildTimeMs: totals.buildTimeMs,
  // Workers do not report their processor time yet.
  totalCpuCycles: 0,
})

/** Strangers may ask as often as they like: the database is asked once in a while. */
function remembering<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  let untilMs = 0
  return () => {
    if (answer && clock.monotonicMs() < untilMs) return answer
    untilMs = clock.monotonicMs() + REMEMBERED_MS
    const fresh = ask()
    answer = fresh
    fresh.catch(() => {
      if (answer === fresh) answer = undefined
    })
    return fresh
  }
}
