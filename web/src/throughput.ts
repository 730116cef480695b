import type { BuildView } from '../../src/contract/index.ts'

/** Builds that ended within one minute. */
export interface Minute {
  readonly startMs: number
  readonly completed: number
  readonly failed: number
}

/** What ended in the last hour. */
export interface Throughput {
  readonly minutes: readonly Minute[]
  readonly completed: number
  readonly failed: number
  /** Half of the completed builds ran no longer than this; undefined without any. */
  readonly medianMs: number | undefined
}

const MINUTE = 60_000
const MINUTES = 60

/** Counts the builds that ended in the sixty minutes up to and with the running one. */
export function throughput(builds: Iterable<BuildView>, nowMs: number): Throughput {
  const firstMs = (Math.floor(nowMs / MINUTE) - MINUTES + 1) * MINUTE
  const completed = new Array<number>(MINUTES).fill(0)
  const failed = new Array<number>(MINUTES).fill(0)
  const ranMs: number[] = []
  for (const build of builds) {
    if (build.finished_at === null) continue
    const minute = Math.floor((Date.parse(build.finished_at) - firstMs) / MINUTE)
    if (minute < 0 || minute >= MINUTES) continue
    if (build.state === 'completed') {
      completed[minute] = (completed[minute] ?? 0) + 1
      if (build.started_at !== null) ranMs.push(Date.parse(build.finished_at) - Date.parse(build.started_at))
    } else if (build.state === 'failed') failed[minute] = (failed[minute] ?? 0) + 1
  }
  return {
    minutes: completed.map((amount, at) => ({
      startMs: firstMs + at * MINUTE,
      completed: amount,
      failed: failed[at] ?? 0,
    })),
    completed: sum(completed),
    failed: sum(failed),
    medianMs: median(ranMs),
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}

function median(amounts: readonly number[]): number | undefined {
  return amounts.toSorted((a, b) => a - b)[Math.floor(amounts.length / 2)]
}
