import { expect, test } from 'vitest'
import { ClientError } from '../client/index.ts'
import type { Clock } from '../kernel/index.ts'
import { mayPass, pause, pauseMs, retrying } from './retry.ts'

const away = new ClientError('away', { status: 0, code: 'server_unreachable' })
const instant = {
  after(_delayMs: number, fire: () => void) {
    queueMicrotask(fire)
    return { cancel() {} }
  },
} as Clock
const never = { after: () => ({ cancel() {} }) } as unknown as Clock

test('what may pass is tried again until it succeeds', async () => {
  const delays: number[] = []
  let tries = 0
  const work = async (): Promise<string> => {
    tries += 1
    if (tries < 4) throw away
    return 'done'
  }
  const context = { clock: instant, random: () => 0, signal: new AbortController().signal }
  expect(await retrying({ ...context, onRetry: (_cause, ms) => delays.push(ms) }, work)).toBe('done')
  expect(delays).toEqual([500, 1_000, 2_000])
})

test('a refusal is not tried again', async () => {
  const refusal = new ClientError('gone', { status: 409, code: 'lease_lost' })
  let tries = 0
  const work = async (): Promise<never> => {
    tries += 1
    throw refusal
  }
  const context = { clock: instant, random: () => 0, signal: new AbortController().signal }
  await expect(retrying(context, work)).rejects.toBe(refusal)
  expect(tries).toBe(1)
})

test('pauses grow to 15 seconds and lose up to half by chance', () => {
  expect([0, 1, 4, 5, 2_000].map((failures) => pauseMs(failures, 0))).toEqual([
    500, 1_000, 8_000, 15_000, 15_000,
  ])
  expect(pauseMs(0, 1)).toBe(250)
})

test.each([
  [0, 'server_unreachable', true],
  [0, 'timeout', true],
  [0, 'unexpected_reply', false],
  [429, 'too_many_requests', true],
  [500, 'internal', true],
  [503, 'draining', true],
  [507, 'disk_full', false],
  [401, 'unauthorized', false],
  [404, 'not_found', false],
  [409, 'lease_lost', false],
])('status %i with %s may pass: %s', (status, code, expected) => {
  expect(mayPass(new ClientError('', { status, code }))).toBe(expected)
  expect(mayPass(new Error('a bug'))).toBe(false)
})

test('an abort ends the pause with its reason', async () => {
  const abort = new AbortController()
  const waiting = pause(never, 1_000, abort.signal)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(
    retrying({ clock: never, random: () => 0, signal: abort.signal }, async () => 1),
  ).rejects.toThrow('enough')
})
