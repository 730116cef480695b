import { expect, test } from 'vitest'
import { type Holding, isLate, isTrusted, refusal } from './claim.ts'

const held: Holding = { state: 'building', workerId: 'w2', attempt: 2 }
const buildId = 'b'

test('a build that does not exist is not found, whoever asks', () => {
  expect(refusal({ buildId, attempt: 1 }, undefined)).toBe('not_found')
})

test('a stranger is told that another worker holds the build', () => {
  expect(refusal({ buildId, workerId: 'w1' }, held)).toBe('wrong_worker')
})

test('a holder of an old attempt is told that the lease is lost', () => {
  expect(refusal({ buildId, workerId: 'w1', attempt: 1 }, held)).toBe('lease_lost')
  expect(refusal({ buildId, attempt: 1 }, held)).toBe('lease_lost')
})

test('who held a build that waits again has lost the lease', () => {
  expect(refusal({ buildId, workerId: 'w1' }, { state: 'pending', workerId: null, attempt: 1 })).toBe(
    'lease_lost',
  )
})

test('the holder of a cancelled build is told to stop', () => {
  expect(refusal({ buildId, workerId: 'w2' }, { ...held, state: 'cancelled' })).toBe('cancelled')
})

test('a report after the end is late for callers without an attempt, however it ended', () => {
  const ended = { ...held, state: 'cancelled' } as const
  expect(isLate({ buildId, workerId: 'w2' }, ended, 'completed')).toBe(true)
  expect(isLate({ buildId, workerId: 'w1' }, ended, 'completed')).toBe(false)
})

test('a caller with an attempt may repeat what it reported, and nothing else', () => {
  const ended = { ...held, state: 'completed' } as const
  expect(isLate({ buildId, attempt: 2 }, ended, 'completed')).toBe(true)
  expect(isLate({ buildId, attempt: 2 }, ended, 'failed')).toBe(false)
  expect(isLate({ buildId, attempt: 1 }, ended, 'completed')).toBe(false)
})

test('a report on a build that still runs is never late', () => {
  expect(isLate({ buildId, attempt: 2 }, held, 'completed')).toBe(false)
})

test('an operator is who vouches, or who names neither worker nor attempt', () => {
  expect(isTrusted({ buildId })).toBe(true)
  expect(isTrusted({ buildId, workerId: 'w', trusted: true })).toBe(true)
  expect(isTrusted({ buildId, workerId: 'w' })).toBe(false)
  expect(isTrusted({ buildId, attempt: 1 })).toBe(false)
})
