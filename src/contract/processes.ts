import { z } from 'zod'

/** One process as a list shows it. */
export const ProcessRow = z.object({
  pid: z.string(),
  /** Registered name. */
  name: z.string().nullable(),
  /** What it runs. */
  module: z.string(),
  status: z.enum(['waiting', 'running', 'suspended']),
  /** Waiting messages, without the one in hand. */
  mailbox: z.number().int(),
  /** Messages handled since its start: what Erlang counts as reductions. */
  handled: z.number().int(),
  /** How many processes it is linked to. */
  links: z.number().int(),
  /** Heap in use and buffers, known only of a process with a thread of its own. */
  memory_bytes: z.number().nullable(),
  started_at: z.string(),
  /** Pids of who started it, nearest first. */
  ancestors: z.array(z.string()),
})
export type ProcessRow = z.infer<typeof ProcessRow>

/** What a list of processes is sorted by, the largest first; `started`: the newest first. */
export const processSorts = ['mailbox', 'handled', 'started'] as const
export type ProcessSort = (typeof processSorts)[number]

/** Query of `GET /api/v1/processes`. */
export const ProcessQuery = z.object({
  sort: z.enum(processSorts).default('mailbox'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** Keeps those whose name, module or pid contains it, whatever the case. */
  filter: z.string().trim().max(100).optional(),
})
export type ProcessQuery = z.infer<typeof ProcessQuery>

/** Reply to `GET /api/v1/processes`. */
export const ProcessesReply = z.object({
  node: z.string(),
  /** Milliseconds on a clock that never jumps: for rates between two replies of one node. */
  at_ms: z.number(),
  /** Processes that live on the node. */
  total: z.number().int(),
  /** Processes that the filter keeps, listed here or not. */
  matching: z.number().int(),
  /** Messages that wait in all mailboxes. */
  waiting: z.number().int(),
  processes: z.array(ProcessRow),
})
export type ProcessesReply = z.infer<typeof ProcessesReply>

/** A mailbox this long is worth a look, or is a process that cannot keep up. */
export const MAILBOX_MARKS = { alert: 500, critical: 800 } as const

/** How a mailbox of this length is marked. */
export function mailboxMark(length: number): 'calm' | 'alert' | 'critical' {
  if (length >= MAILBOX_MARKS.critical) return 'critical'
  return length >= MAILBOX_MARKS.alert ? 'alert' : 'calm'
}

/** A process that another one knows. */
export const ProcessPeer = z.object({
  pid: z.string(),
  name: z.string().nullable(),
  /** Null when it has ended. */
  module: z.string().nullable(),
})
export type ProcessPeer = z.infer<typeof ProcessPeer>

/** Reply to `GET /api/v1/processes/:pid`. */
export const ProcessDetail = ProcessRow.omit({ links: true, ancestors: true }).extend({
  node: z.string(),
  trap_exit: z.boolean(),
  links: z.array(ProcessPeer),
  monitors: z.array(ProcessPeer),
  monitored_by: z.array(ProcessPeer),
  ancestors: z.array(ProcessPeer),
})
export type ProcessDetail = z.infer<typeof ProcessDetail>

/**
 * Reply to `GET /api/v1/processes/:pid/state`: the state as the server's
 * `formatStatus` shows it, cut to a size that a page can hold, without secrets.
 */
export const ProcessState = z.object({ pid: z.string(), state: z.json() })
export type ProcessState = z.infer<typeof ProcessState>

/** One event of the stream `GET /api/v1/processes/:pid/trace`; the SSE event name is `type`. */
export const TraceEvent = z.discriminatedUnion('type', [
  /** From now on nothing is missed but what `skipped` tells. */
  z.object({ type: z.literal('begin'), pid: z.string() }),
  /** A message was taken from the mailbox. */
  z.object({ type: z.literal('in'), at: z.string(), message: z.json() }),
  /** A call was answered; `to` is null for callers outside of every process. */
  z.object({ type: z.literal('out'), at: z.string(), value: z.json(), to: z.string().nullable() }),
  /** So many steps came too fast to be told. */
  z.object({ type: z.literal('skipped'), steps: z.number().int() }),
  /** The process has ended; nothing follows. */
  z.object({ type: z.literal('end'), at: z.string(), reason: z.string() }),
])
export type TraceEvent = z.infer<typeof TraceEvent>
