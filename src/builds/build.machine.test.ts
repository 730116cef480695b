import { expect, test } from 'vitest'
import { buildStates } from '../contract/index.ts'
import { buildEvents, isTerminal, next, onLoss } from './build.machine.ts'

const arrows = buildEvents.flatMap((event) =>
  buildStates.flatMap((state) => {
    const after = next(state, event)
    return after.ok ? [`${state} -${event}-> ${after.value}`] : []
  }),
)

test('these are all the arrows, and there is no other', () => {
  expect(arrows).toEqual([
    'pending -claim-> assigned',
    'assigned -begin-> building',
    'pending -finish-> completed',
    'assigned -finish-> completed',
    'building -finish-> completed',
    'pending -fail-> failed',
    'assigned -fail-> failed',
    'building -fail-> failed',
    'pending -cancel-> cancelled',
    'assigned -cancel-> cancelled',
    'building -cancel-> cancelled',
    'assigned -requeue-> pending',
    'building -requeue-> pending',
    'assigned -giveUp-> failed',
    'building -giveUp-> failed',
  ])
})

test('exactly completed, failed and cancelled are terminal', () => {
  expect(buildStates.filter(isTerminal)).toEqual(['completed', 'failed', 'cancelled'])
})

test('what is not allowed says which state and event', () => {
  expect(next('failed', 'claim')).toEqual({
    ok: false,
    reason: 'not_allowed',
    message: 'a build that is failed knows no claim',
  })
})

test('a lost build is queued again until its attempts are used up', () => {
  expect([1, 2, 3].map((attempt) => onLoss(attempt, 3))).toEqual(['requeue', 'requeue', 'giveUp'])
})
