import type { LiveEvent } from '../contract/index.ts'
import { type BuildsClient, buildsClient } from './builds-client.ts'
import { liveEvents, type NodeClient, nodeClient, type SessionClient, sessionClient } from './node-client.ts'
import { type ClientOptions, createTransport } from './transport.ts'
import { type WorkersClient, workersClient } from './workers-client.ts'

/**
 * A typed client of one Quorate server. Every answer is checked against the
 * contract; failures reject with `ClientError`. It holds no connection of its
 * own and needs no closing.
 */
export interface Client {
  readonly url: string
  readonly builds: BuildsClient
  readonly workers: WorkersClient
  readonly node: NodeClient
  readonly session: SessionClient
  /** Everything that happens on the farm, from a snapshot on, until `signal` aborts. */
  events(signal?: AbortSignal): AsyncGenerator<LiveEvent, never>
}

/** Runs in Node 20 and newer and in browsers; needs nothing but `fetch`. */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options)
  return {
    url: transport.url,
    builds: buildsClient(transport),
    workers: workersClient(transport),
    node: nodeClient(transport),
    session: sessionClient(transport),
    events: (signal) => liveEvents(transport, signal),
  }
}
