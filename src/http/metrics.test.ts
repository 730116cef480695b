import { expect, test } from 'vitest'
import { testServer } from '../../test/support/index.ts'
import { defineEvent, emit } from '../kernel/index.ts'
import { createMetrics } from './metrics.ts'

test('requests are counted by their route, so that ids do not multiply the curves', async (t) => {
  const { ask, submit } = await testServer(t)
  const { id } = await submit()
  await ask(`GET /api/builds/${id}/status`)
  await ask('GET /nowhere/at-all')
  const page = (await ask('GET /metrics', { key: '' })).body
  expect(page).toContain(
    'quorate_http_request_duration_seconds_count{method="GET",route="/api/builds/:id/status",status="200"} 1',
  )
  expect(page).toContain(
    'quorate_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
  )
  expect(page).not.toContain(id)
  expect(page).toContain('quorate_builds{state="pending"} 1')
  expect(page).toMatch(/quorate_blob_bytes\{kind="used"\} \d+/)
  expect(page).toMatch(/^nodejs_eventloop_lag_seconds \d/m)
  expect(page).toMatch(/^process_resident_memory_bytes \d/m)
})

test('telemetry events are counted from listen to stop', async () => {
  const metrics = createMetrics()
  const Happened = defineEvent<{ readonly id: string }>('test.happened')
  const stop = metrics.listen()
  emit(Happened, { id: 'a' })
  emit(Happened, { id: 'b' })
  stop()
  emit(Happened, { id: 'c' })
  expect((await metrics.page()).text).toContain('quorate_events_total{event="test.happened"} 2')
})

test('a store that is down leaves a gap, not an unreadable page', async () => {
  const metrics = createMetrics()
  metrics.gauge('quorate_broken', 'Never there', 'kind', () => Promise.reject(new Error('down')))
  metrics.gauge('quorate_fine', 'There', 'kind', async () => ({ a: 1 }))
  const { text } = await metrics.page()
  expect(text).toContain('quorate_fine{kind="a"} 1')
  expect(text).not.toContain('quorate_broken{')
})
