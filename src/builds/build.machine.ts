import type { BuildState } from '../contract/index.ts'
import { err, ok, type Result } from '../kernel/index.ts'

/** What can happen to a build. */
export type BuildEvent =
  /** A worker took it. */
  | 'claim'
  /** Its worker gave the first sign of life. */
  | 'begin'
  | 'finish'
  | 'fail'
  | 'cancel'
  /** Its worker went silent or handed it back, and attempts are left. */
  | 'requeue'
  /** Its worker went silent or handed it back for the last time. */
  | 'giveUp'

interface Arrow {
  readonly from: readonly BuildState[]
  readonly to: BuildState
}

/**
 * Every arrow there is. A terminal state has none: whoever reports late is
 * told so and changes nothing. The stores' statements carry the same guards,
 * and a test walks every state and event through both.
 */
const ARROWS: Readonly<Record<BuildEvent, Arrow>> = {
  claim: { from: ['pending'], to: 'assigned' },
  begin: { from: ['assigned'], to: 'building' },
  // From `pending` only by an operator's key: its build was made elsewhere.
  finish: { from: ['pending', 'assigned', 'building'], to: 'completed' },
  fail: { from: ['pending', 'assigned', 'building'], to: 'failed' },
  cancel: { from: ['pending', 'assigned', 'building'], to: 'cancelled' },
  requeue: { from: ['assigned', 'building'], to: 'pending' },
  giveUp: { from: ['assigned', 'building'], to: 'failed' },
}

/** All events, for tests and documents. */
export const buildEvents = Object.keys(ARROWS) as readonly BuildEvent[]

/** The state after `event`, or `not_allowed`. */
export function next(state: BuildState, event: BuildEvent): Result<BuildState, 'not_allowed'> {
  const { from, to } = ARROWS[event]
  return from.includes(state) ? ok(to) : err('not_allowed', `a build that is ${state} knows no ${event}`)
}

/** True when nothing can happen to the build any more. */
export function isTerminal(state: BuildState): boolean {
  return buildEvents.every((event) => !ARROWS[event].from.includes(state))
}

/** What the loss of its worker does to a build: it gets `attemptsMax` chances. */
export function onLoss(attempt: number, attemptsMax: number): 'requeue' | 'giveUp' {
  return attempt < attemptsMax ? 'requeue' : 'giveUp'
}
