import { z } from 'zod'
import { BuildCounts, BuildView } from './builds.ts'
import { WorkerView } from './workers.ts'

/** One process of the running supervision tree. */
export interface ProcessView {
  readonly pid: string
  readonly id: string
  readonly name: string | null
  readonly kind: 'supervisor' | 'worker'
  readonly module: string
  readonly status: 'running' | 'restarting' | 'stopped'
  readonly restarts: number
  readonly mailbox: number
  readonly handled: number
  readonly started_at: string | null
  readonly children: readonly ProcessView[]
}

export const ProcessView: z.ZodType<ProcessView> = z.lazy(() =>
  z.object({
    pid: z.string(),
    id: z.string(),
    name: z.string().nullable(),
    kind: z.enum(['supervisor', 'worker']),
    module: z.string(),
    status: z.enum(['running', 'restarting', 'stopped']),
    restarts: z.number().int(),
    mailbox: z.number().int(),
    handled: z.number().int(),
    started_at: z.string().nullable(),
    children: z.array(ProcessView),
  }),
)

/** Reply to `GET /api/v1/tree`. */
export const TreeReply = z.object({ node: z.string(), root: ProcessView })
export type TreeReply = z.infer<typeof TreeReply>

/** Reply to `GET /readyz`: 200 when all checks pass, else 503. */
export const ReadyReply = z.object({
  ready: z.boolean(),
  draining: z.boolean(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), ms: z.number(), message: z.string().optional() })),
})
export type ReadyReply = z.infer<typeof ReadyReply>

/** Reply to `GET /api/v1/version`. */
export const VersionReply = z.object({ name: z.literal('quorate'), version: z.string(), node: z.string() })
export type VersionReply = z.infer<typeof VersionReply>

/** What a key may do. `admin` may do everything. */
export const Scope = z.enum(['admin', 'submit', 'worker', 'read'])
export type Scope = z.infer<typeof Scope>

/** Body of `POST /api/v1/session`: trades a key for the dashboard's cookie. */
export const SessionRequest = z.object({ key: z.string().min(1).max(512) })
/** Reply to `POST` and `GET /api/v1/session`. */
export const SessionReply = z.object({ name: z.string(), scopes: z.array(Scope) })
export type SessionReply = z.infer<typeof SessionReply>

/** One event of the stream `GET /api/v1/events`; the SSE event name is `type`. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('build'), build: BuildView }),
  z.object({ type: z.literal('worker'), worker: WorkerView }),
  z.object({ type: z.literal('counts'), counts: BuildCounts }),
  z.object({ type: z.literal('tree'), tree: TreeReply }),
])
export type LiveEvent = z.infer<typeof LiveEvent>
