import type { BuildState } from '../contract/index.ts'
import { isTerminal } from './build.machine.ts'

/**
 * Who speaks for a build's worker. What is known must match the row: the
 * attempt for holders of an attempt token, the worker for holders of a worker
 * token. Without either, an operator's key speaks.
 */
export interface WorkerClaim {
  readonly buildId: string
  readonly workerId?: string | undefined
  readonly attempt?: number | undefined
  /** An operator's key vouches for the caller: it may also settle a build nobody holds. */
  readonly trusted?: boolean | undefined
}

/** True when an operator's key speaks: it vouches, or knows neither worker nor attempt. */
export function isTrusted({ trusted, workerId, attempt }: WorkerClaim): boolean {
  return trusted ?? (workerId === undefined && attempt === undefined)
}

/** A claim as statements take it: null is what the caller does not know. */
export function fenceOf(claim: WorkerClaim) {
  const { buildId, workerId = null, attempt = null } = claim
  return { buildId, workerId, attempt, trusted: isTrusted(claim) }
}

/** Why a worker's word does not count. */
export type ClaimRefusal =
  | 'not_found'
  /** Another worker holds the build. */
  | 'wrong_worker'
  /** The caller held it once, and lost it. */
  | 'lease_lost'
  /** Somebody cancelled it: stop working. */
  | 'cancelled'

/** What of a build's row decides over a claim. */
export interface Holding {
  readonly state: BuildState
  readonly workerId: string | null
  readonly attempt: number
}

/** Why a guarded statement met no row; `holding` is the row as it is now. */
export function refusal(claim: WorkerClaim, holding: Holding | undefined): ClaimRefusal {
  if (!holding) return 'not_found'
  if (!speaksForHolder(claim, holding)) {
    const stranger = claim.attempt === undefined && holding.workerId !== null
    return stranger ? 'wrong_worker' : 'lease_lost'
  }
  return holding.state === 'cancelled' ? 'cancelled' : 'lease_lost'
}

/**
 * True when a refused report only repeats or comes after the end. A caller
 * without an attempt is told that all is well (the farm's older clients would
 * otherwise report a failure); one with an attempt only if the build ended the
 * way it says, so that a lost answer can be asked for again.
 */
export function isLate(claim: WorkerClaim, holding: Holding, reported: BuildState): boolean {
  if (!isTerminal(holding.state) || !speaksForHolder(claim, holding)) return false
  return claim.attempt === undefined || holding.state === reported
}

/** True when what the claim knows fits who holds, or last held, the build. */
export function speaksForHolder(claim: WorkerClaim, holding: Holding): boolean {
  const workerFits =
    claim.workerId === undefined ||
    claim.workerId === holding.workerId ||
    (isTrusted(claim) && holding.workerId === null)
  return workerFits && (claim.attempt === undefined || claim.attempt === holding.attempt)
}
