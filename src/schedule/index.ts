export { type BackoffPolicy, backoffMs } from './backoff.ts'
export {
  type Draw,
  fullBucket,
  isFull,
  limitProblem,
  type RateLimit,
  refilled,
  reserve,
  type TokenBucket,
  take,
} from './token-bucket.ts'
