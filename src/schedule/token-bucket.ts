/** So many things in so much time; after a rest, a burst of them at once. */
export interface RateLimit {
  readonly allowed: number
  readonly intervalMs: number
  /** Most at once; `allowed` by default. */
  readonly burst?: number | undefined
}

/** What is left to spend; below zero it is promised already. */
export interface TokenBucket {
  readonly tokens: number
  /** When that was, on a clock that never goes back. */
  readonly atMs: number
}

/** A bucket nobody has taken from. */
export function fullBucket(limit: RateLimit, nowMs: number): TokenBucket {
  return { tokens: burstOf(limit), atMs: nowMs }
}

/** The bucket as it is now. */
export function refilled(bucket: TokenBucket, limit: RateLimit, nowMs: number): TokenBucket {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs)
  const gained = (elapsedMs * limit.allowed) / limit.intervalMs
  return { tokens: Math.min(burstOf(limit), bucket.tokens + gained), atMs: bucket.atMs + elapsedMs }
}

/** Whether the bucket says nothing any more that a new one would not say. */
export function isFull(bucket: TokenBucket, limit: RateLimit, nowMs: number): boolean {
  return refilled(bucket, limit, nowMs).tokens >= burstOf(limit)
}

/** What a request for tokens led to. */
export interface Draw {
  readonly bucket: TokenBucket
  /** 0: go now. Else how long it takes until enough is there. */
  readonly waitMs: number
}

/** Takes `cost` tokens if they are there; else leaves all and says how long they will take. */
export function take(bucket: TokenBucket, limit: RateLimit, nowMs: number, cost = 1): Draw {
  const now = refilled(bucket, limit, nowMs)
  const waitMs = timeFor(cost - now.tokens, limit)
  return { bucket: waitMs === 0 ? spent(now, cost) : now, waitMs }
}

/**
 * Takes `cost` tokens in any case and says when they may be used: who comes later
 * waits behind, and nobody has to ask again.
 */
export function reserve(bucket: TokenBucket, limit: RateLimit, nowMs: number, cost = 1): Draw {
  const now = refilled(bucket, limit, nowMs)
  return { bucket: spent(now, cost), waitMs: timeFor(cost - now.tokens, limit) }
}

/** What cannot be a limit, by the name of the field; undefined when all is well. */
export function limitProblem({ allowed, intervalMs, burst = 1 }: RateLimit): string | undefined {
  const wrong = Object.entries({ allowed, intervalMs, burst }).find(
    ([, value]) => !(value > 0 && Number.isFinite(value)),
  )
  return wrong && `${wrong[0]} must be a number above 0, not ${wrong[1]}`
}

function spent({ tokens, atMs }: TokenBucket, cost: number): TokenBucket {
  return { tokens: tokens - cost, atMs }
}

/** Sums of fractions miss whole numbers by a hair, which must not cost a millisecond. */
const HAIR = 1e-9

function timeFor(missing: number, { allowed, intervalMs }: RateLimit): number {
  return missing <= HAIR ? 0 : Math.ceil(((missing - HAIR) * intervalMs) / allowed)
}

function burstOf({ allowed, burst }: RateLimit): number {
  return burst ?? allowed
}
