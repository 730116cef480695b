import { LiveEvent, ReadyReply, SessionReply, TreeReply, VersionReply } from '../contract/index.ts'
import { follow } from './event-follower.ts'
import type { Transport } from './transport.ts'

/** What operators ask of the node that answers. */
export interface NodeClient {
  version(): Promise<VersionReply>
  /** Also tells why it is not ready. */
  ready(): Promise<ReadyReply>
  tree(): Promise<TreeReply>
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
export function nodeClient({ ask, send }: Transport): NodeClient {
  return {
    version: () => ask(VersionReply, '/api/v1/version'),
    ready: () => ask(ReadyReply, '/readyz', { also: [503] }),
    tree: () => ask(TreeReply, '/api/v1/tree'),
    async kill(pid) {
      await send(`/api/v1/processes/${encodeURIComponent(pid)}/kill`, { method: 'POST' })
    },
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
