import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { defineEvent, emit } from '../kernel/index.ts'
import { createRuntime, Supervisor } from '../otp/index.ts'
import { eventLog } from './event-log.server.ts'

const Tried = defineEvent<{ readonly build: string; readonly why: Error }>('test.tried')
const Failed = defineEvent<{ readonly build: string }>('test.failed')

/** A runtime whose events become lines. */
async function setup() {
  const out = new PassThrough()
  const lines = (): unknown[] =>
    String(out.read() ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown)
  const runtime = createRuntime({ logger: () => undefined })
  const log = pino({ base: null, timestamp: false }, out)
  const child = eventLog(log)
  const ref = await Supervisor.startLink({ strategy: 'one_for_one', children: [child] }, { runtime })
  return { runtime, ref, lines }
}

test('an event becomes a line; errors are told by their message, trouble is a warning', async () => {
  const { runtime, lines } = await setup()
  emit(Tried, { build: 'b1', why: new Error('no room') })
  emit(Failed, { build: 'b1' })
  expect(lines()).toEqual([
    { level: 30, build: 'b1', why: 'Error: no room', msg: 'test.tried' },
    { level: 40, build: 'b1', msg: 'test.failed' },
  ])
  await runtime.stop()
})

test('after its process was killed the next one writes each event once', async () => {
  const { runtime, lines } = await setup()
  const first = runtime.whereis('app.event_log')
  if (first) runtime.exit(first, 'kill')
  await expect.poll(() => ![undefined, first].includes(runtime.whereis('app.event_log'))).toBe(true)
  lines()
  emit(Failed, { build: 'b2' })
  expect(lines()).toEqual([{ level: 40, build: 'b2', msg: 'test.failed' }])
  await runtime.stop()
})
