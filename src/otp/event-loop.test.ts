import { expect, test } from 'vitest'
import { attach, detach } from '../kernel/index.ts'
import { settle, testRuntime } from '../testing/index.ts'
import { EventLoopHealth, EventLoopMonitor } from './index.ts'

test('the health of the event loop is told once per period, until the monitor ends', async () => {
  const { runtime, clock } = testRuntime()
  const seen: { processes: number; runQueue: number; delayMaxMs: number; delayP50Ms: number }[] = []
  attach('loop', EventLoopHealth, (_event, health) => seen.push(health))
  const monitor = await EventLoopMonitor.start({ everyMs: 1_000 }, { runtime })
  await clock.advance(2_000)
  expect(seen).toMatchObject([{ processes: 1, runQueue: 0 }, { processes: 1 }])
  for (const { delayMaxMs, delayP50Ms } of seen) expect(delayMaxMs).toBeGreaterThanOrEqual(delayP50Ms)
  await monitor.stop()
  await clock.advance(2_000)
  await settle()
  detach('loop')
  expect(seen).toHaveLength(2)
})

test('a period that is none is refused', async () => {
  const { runtime } = testRuntime()
  await expect(EventLoopMonitor.start({ everyMs: -1 }, { runtime })).rejects.toThrow('everyMs cannot be -1')
})
