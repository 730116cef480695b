import { z } from 'zod'

/** Platforms that a build may ask for; a worker offers one or more of them. */
export const platforms = ['ios', 'android', 'linux', 'macos', 'windows'] as const
export const Platform = z.enum(platforms)
export type Platform = z.infer<typeof Platform>

/** `completed`, `failed` and `cancelled` are terminal. */
export const buildStates = ['pending', 'assigned', 'building', 'completed', 'failed', 'cancelled'] as const
export const BuildState = z.enum(buildStates)
export type BuildState = z.infer<typeof BuildState>

/** Reply to `POST /api/builds/submit`. */
export const SubmitReply = z.object({
  id: z.string(),
  status: z.literal('pending'),
  platform: Platform,
  /** Milliseconds since 1970. */
  submitted_at: z.number().int(),
  /** Reads and retries this one build; shown here only. */
  access_token: z.string(),
})
export type SubmitReply = z.infer<typeof SubmitReply>

/**
 * Reply to `GET /api/builds/:id/status`. Times are integer milliseconds or null.
 * The farm's clients know no `cancelled`: such a build reads `failed` here and
 * `state` tells the truth.
 */
export const BuildStatusReply = z.object({
  id: z.string(),
  status: z.enum(['pending', 'assigned', 'building', 'completed', 'failed']),
  state: BuildState,
  platform: Platform,
  worker_id: z.string().nullable(),
  submitted_at: z.number().int().nullable(),
  started_at: z.number().int().nullable(),
  completed_at: z.number().int().nullable(),
  error_message: z.string().nullable(),
})
export type BuildStatusReply = z.infer<typeof BuildStatusReply>

/** One row of `GET /api/builds`; `completedAt` is absent until there is one. */
export const BuildListRow = z.object({
  id: z.string(),
  status: BuildStatusReply.shape.status,
  state: BuildState,
  platform: Platform,
  worker_id: z.string().nullable(),
  createdAt: z.string(),
  completedAt: z.string().optional(),
})
export type BuildListRow = z.infer<typeof BuildListRow>

export const LogLevel = z.enum(['info', 'warn', 'error'])
export type LogLevel = z.infer<typeof LogLevel>

/** A line as a worker pushes it. */
export const NewLogLine = z.object({ level: LogLevel, message: z.string() })
export type NewLogLine = z.infer<typeof NewLogLine>

/** A stored line; `seq` grows by one per line of its build and is the cursor. */
export const LogLine = z.object({
  seq: z.number().int(),
  /** ISO 8601, milliseconds. */
  timestamp: z.string(),
  level: LogLevel,
  message: z.string(),
})
export type LogLine = z.infer<typeof LogLine>

/** Reply to `GET /api/builds/:id/logs`: oldest first, no default limit. */
export const LogsReply = z.object({ build_id: z.string(), logs: z.array(LogLine) })
export type LogsReply = z.infer<typeof LogsReply>

/** Reply to a push of one line (`success`) or many (`count` of those kept). */
export const LogPushReply = z.object({ success: z.literal(true), count: z.number().int().optional() })
export type LogPushReply = z.infer<typeof LogPushReply>

export const CancelReply = z.object({ success: z.literal(true), status: z.literal('cancelled') })
export type CancelReply = z.infer<typeof CancelReply>

/** What a finished build left behind. */
export const ArtifactView = z.object({ bytes: z.number().int(), sha256: z.string(), name: z.string() })
export type ArtifactView = z.infer<typeof ArtifactView>

/** A build as `/api/v1/builds` and the live events show it. Times are ISO 8601 or null. */
export const BuildView = z.object({
  id: z.string(),
  state: BuildState,
  platform: Platform,
  /** What the submitter called it, for people. */
  name: z.string().nullable(),
  priority: z.number().int(),
  /** 0 until a worker claims it; grows by one with each claim and fences late reports. */
  attempt: z.number().int(),
  attempts_max: z.number().int(),
  worker_id: z.string().nullable(),
  worker_name: z.string().nullable(),
  /** Percent, as far as the worker says so. */
  progress: z.number().nullable(),
  submitted_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  error: z.string().nullable(),
  source: z.object({ bytes: z.number().int(), sha256: z.string() }),
  artifact: ArtifactView.nullable(),
})
export type BuildView = z.infer<typeof BuildView>

/** `GET /api/v1/builds?state=&platform=&worker_id=&before=&limit=`: newest first. */
export const BuildPage = z.object({
  builds: z.array(BuildView),
  /** Pass as `before` to get the next page; null on the last one. */
  next: z.string().nullable(),
})
export type BuildPage = z.infer<typeof BuildPage>

/** Builds by state. */
export const BuildCounts = z.object({
  pending: z.number().int(),
  assigned: z.number().int(),
  building: z.number().int(),
  completed: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  total: z.number().int(),
})
export type BuildCounts = z.infer<typeof BuildCounts>
