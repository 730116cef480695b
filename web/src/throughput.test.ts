import { expect, test } from 'vitest'
import type { BuildView } from '../../src/contract/index.ts'
import { exampleBuild } from '../../test/support/example-build.ts'
import { throughput } from './throughput.ts'

const NOW = Date.parse('2026-01-01T12:30:30.000Z')
const MINUTE = 60_000

const ended = (minutesAgo: number, state: BuildView['state'], ranMs = MINUTE): BuildView => {
  const finishedMs = NOW - minutesAgo * MINUTE
  const started = new Date(finishedMs - ranMs).toISOString()
  return exampleBuild({
    id: `${minutesAgo} ${state}`,
    state,
    submitted_at: started,
    started_at: started,
    finished_at: new Date(finishedMs).toISOString(),
  })
}

test('each build is counted in the minute it ended in', () => {
  const { minutes } = throughput([ended(0, 'completed'), ended(1, 'completed'), ended(1, 'failed')], NOW)
  expect(minutes).toHaveLength(60)
  expect(minutes.at(-1)).toMatchObject({ completed: 1, failed: 0 })
  expect(minutes.at(-2)).toMatchObject({ completed: 1, failed: 1 })
  expect(minutes[0]?.startMs).toBe(Date.parse('2026-01-01T11:31:00.000Z'))
})

test('what ended before the hour, was cancelled or still runs does not count', () => {
  const running = { ...ended(0, 'building'), finished_at: null }
  const { completed, failed } = throughput([ended(61, 'completed'), ended(5, 'cancelled'), running], NOW)
  expect([completed, failed]).toEqual([0, 0])
})

test('the median is of completed runs, and missing without any', () => {
  const runs = [90_000, 30_000, 60_000].map((ms, at) => ended(at + 1, 'completed', ms))
  expect(throughput([...runs, ended(9, 'failed', 5 * MINUTE)], NOW).medianMs).toBe(60_000)
  expect(throughput([ended(1, 'failed')], NOW).medianMs).toBeUndefined()
})
