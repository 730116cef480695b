import {
  LiveEvent,
  ProcessDetail,
  ProcessesReply,
  type ProcessQuery,
  ProcessState,
  ReadyReply,
  SessionReply,
  TraceEvent,
  TreeReply,
  VersionReply,
} from '../contract/index.ts'
import { follow } from './event-follower.ts'
import type { Transport } from './transport.ts'

/** What operators ask of the node that answers. */
export interface NodeClient {
  version(): Promise<VersionReply>
  /** Also tells why it is not ready. */
  ready(): Promise<ReadyReply>
  tree(): Promise<TreeReply>
  /** The processes of the node, those with the longest mailboxes first unless asked otherwise. */
  processes(query?: Partial<ProcessQuery>): Promise<ProcessesReply>
  process(pid: string): Promise<ProcessDetail>
  /**
   * The state of a server, without secrets. Needs the scope `admin`. Each look is a
   * message to the server: it restarts a pending `timeout`, so do not poll.
   */
  state(pid: string): Promise<ProcessState>
  /**
   * What a server does from now on, until it ends or `signal` aborts. Needs the scope
   * `admin`. After a break of the connection it begins anew, with another `begin`.
   */
  trace(pid: string, signal?: AbortSignal): AsyncGenerator<TraceEvent, undefined>
  /** Kills one process of the tree; its supervisor restarts it. Needs the scope `admin`. */
  kill(pid: string): Promise<void>
}

/** The dashboard's login: the browser keeps the cookie. */
export interface SessionClient {
  open(key: string): Promise<SessionReply>
  /** Refused with 401 when nobody is logged in. */
  current(): Promise<SessionReply>
  close(): Promise<void>
}

/** The operator's part of the client. */
export function nodeClient(transport: Transport): NodeClient {
  const { ask, send } = transport
  return {
    version: () => ask(VersionReply, '/api/v1/version'),
    ready: () => ask(ReadyReply, '/readyz', { also: [503] }),
    tree: () => ask(TreeReply, '/api/v1/tree'),
    processes: (query) => ask(ProcessesReply, '/api/v1/processes', { query }),
    process: (pid) => ask(ProcessDetail, pathOf(pid)),
    state: (pid) => ask(ProcessState, `${pathOf(pid)}/state`),
    trace: (pid, signal) => trace(transport, pid, signal),
    async kill(pid) {
      await send(`${pathOf(pid)}/kill`, { method: 'POST' })
    },
  }
}

const pathOf = (pid: string): string => `/api/v1/processes/${encodeURIComponent(pid)}`

async function* trace(
  transport: Transport,
  pid: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<TraceEvent, undefined> {
  for await (const { data } of follow(transport, `${pathOf(pid)}/trace`, { signal })) {
    const event = TraceEvent.safeParse(JSON.parse(data))
    if (!event.success) continue
    yield event.data
    if (event.data.type === 'end') return
  }
}

/** The session part of the client. */
export function sessionClient({ ask, send }: Transport): SessionClient {
  const path = '/api/v1/session'
  return {
    open: (key) => ask(SessionReply, path, { method: 'POST', json: { key } }),
    current: () => ask(SessionReply, path),
    async close() {
      await send(path, { method: 'DELETE' })
    },
  }
}

/** Everything that happens, live; begins with a snapshot, also after each reconnect. Event types of newer servers are skipped. */
export async function* liveEvents(
  transport: Transport,
  signal?: AbortSignal,
): AsyncGenerator<LiveEvent, never> {
  const events = follow(transport, '/api/v1/events', { signal })
  for (;;) {
    const { value } = await events.next()
    const event = LiveEvent.safeParse(JSON.parse(value.data))
    if (event.success) yield event.data
  }
}
