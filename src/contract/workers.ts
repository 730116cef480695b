import { z } from 'zod'
import { Platform } from './builds.ts'

/**
 * What a worker says it can do. Unknown keys are kept but not used; workers of
 * other generations send many. `platforms` wins over `platform`; neither means
 * no restriction.
 */
export const Capabilities = z.looseObject({
  platforms: z.array(z.string()).max(32).optional(),
  platform: z.string().optional(),
  /**
   * A worker that promises to beat this often gets a lease of six beats instead
   * of the farm's patient default, so that its death is noticed in seconds.
   */
  heartbeat_ms: z.number().int().min(100).max(60_000).optional(),
})
export type Capabilities = z.infer<typeof Capabilities>

/** Body of `POST /api/workers/register`. */
export const RegisterRequest = z.looseObject({
  id: z.string().optional(),
  name: z.string().min(1).max(200),
  capabilities: Capabilities.optional(),
  platform: z.string().optional(),
  active_build_count: z.number().int().optional(),
})
export type RegisterRequest = z.infer<typeof RegisterRequest>

/** Reply to a registration: the token authenticates polls and reports. */
export const RegisterReply = z.object({
  id: z.string(),
  access_token: z.string(),
  status: z.enum(['registered', 're-registered']),
  message: z.string(),
  baseImageId: z.string().nullable(),
})
export type RegisterReply = z.infer<typeof RegisterReply>

/** A build handed to a worker. */
export const Job = z.object({
  id: z.string(),
  platform: Platform,
  /** Relative to the server's URL. */
  source_url: z.string(),
  certs_url: z.string().nullable(),
  baseImageId: z.string().nullable(),
  submitted_at: z.number().int(),
  /** One-time password for a virtual machine that fetches the build's secrets. */
  otp: z.string(),
  attempt: z.number().int(),
  /** Sent as `X-Attempt-Token`, proves that the caller holds this very attempt. */
  attempt_token: z.string(),
  /** Silence longer than this loses the build to another worker. */
  lease_ms: z.number().int(),
  source_sha256: z.string(),
})
export type Job = z.infer<typeof Job>

/** Reply to `GET /api/workers/poll`; `?wait=25` (seconds) turns it into a long poll. */
export const PollReply = z.object({ job: Job.nullable(), access_token: z.string() })
export type PollReply = z.infer<typeof PollReply>

/** Reply to `POST /api/builds/:id/heartbeat`; 409 means: stop, the build is no longer yours. */
export const HeartbeatReply = z.object({ status: z.literal('ok'), timestamp: z.number().int() })
export type HeartbeatReply = z.infer<typeof HeartbeatReply>

/** Reply to `POST /api/workers/upload` and `/api/workers/fail`. */
export const ReportReply = z.object({
  success: z.literal(true),
  status: z.enum(['success', 'failed']),
  message: z.string(),
})
export type ReportReply = z.infer<typeof ReportReply>

/** Reply to `POST /api/workers/abandon`: the build waits for another worker, or failed for want of attempts. */
export const AbandonReply = z.object({ success: z.literal(true), message: z.string() })
export type AbandonReply = z.infer<typeof AbandonReply>

/** A worker as `/api/v1/workers` and the live events show it. */
export const WorkerView = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['idle', 'building', 'offline']),
  platforms: z.array(z.string()),
  build_id: z.string().nullable(),
  /** ISO 8601; any authenticated call of the worker counts. */
  last_seen_at: z.string(),
  registered_at: z.string(),
  builds_completed: z.number().int(),
  builds_failed: z.number().int(),
})
export type WorkerView = z.infer<typeof WorkerView>

/** Reply to `GET /api/v1/workers`: those seen last come first. */
export const WorkersReply = z.object({ workers: z.array(WorkerView) })
export type WorkersReply = z.infer<typeof WorkersReply>
