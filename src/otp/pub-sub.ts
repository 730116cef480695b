import { Problem } from '../kernel/index.ts'
import type { Context, Runtime } from './context.ts'
import { canonical, type Key } from './key.ts'
import type { Pid } from './pid.ts'
import { processOf } from './process.ts'
import { Registry } from './registry/registry.ts'
import type { Entry } from './registry/registry-part.ts'
import { registryAt } from './registry/registry-server.ts'
import type { ChildOptions, ChildSpec } from './supervisor/child-spec.ts'

type Subscriber = Pick<Context, 'self' | 'runtime'>

/** Hands a message to the subscribers of one partition; the `value` of an entry is what it subscribed with. */
export type Dispatcher = (subscribers: readonly Entry[], from: Pid | undefined, message: unknown) => void

/** Carries messages to the same bus on other nodes. */
export interface PubSubAdapter {
  /** The name of this node. */
  readonly node: string
  /** To every other node. */
  broadcast(bus: string, topic: Key, message: unknown): void
  /** To one other node. */
  direct(node: string, bus: string, topic: Key, message: unknown): void
}

/** What a bus is made of. */
export interface PubSubOptions extends ChildOptions {
  readonly name: string
  /** Parts of its registry, one by default. */
  readonly partitions?: number | undefined
  /** Without it there is only this node, called `local`. */
  readonly adapter?: PubSubAdapter | undefined
}

const ADAPTER = ['pub_sub', 'adapter'] as const
const ADAPTER_KEY = canonical(ADAPTER)

/**
 * Messages to whoever has subscribed to a topic: a registry of duplicate keys.
 * They arrive in `info`. A dead subscriber is gone from its end on; when the
 * PubSub crashes its subscribers fall with it and subscribe anew.
 */
export const PubSub = {
  child({ adapter, ...options }: PubSubOptions): ChildSpec {
    return Registry.child({ ...options, keys: 'duplicate', meta: [[ADAPTER, adapter]] })
  },

  /** Subscribing twice brings two copies. `metadata` is for dispatchers of your own. */
  subscribe(ctx: Subscriber, pubsub: string, topic: Key, metadata?: unknown): void {
    Registry.register(ctx, pubsub, topic, metadata)
  },

  /** Ends all own subscriptions to the topic. */
  unsubscribe(ctx: Subscriber, pubsub: string, topic: Key): void {
    Registry.unregister(ctx, pubsub, topic)
  },

  /** Sends to every subscriber on every node; nobody listening is fine. */
  broadcast(pubsub: string, topic: Key, message: unknown, runtime?: Runtime, dispatcher?: Dispatcher): void {
    adapterOf(pubsub, runtime)?.broadcast(pubsub, topic, message)
    publish({ pubsub, topic, message, runtime, dispatcher })
  },

  /** The same, but not to `from`. */
  broadcastFrom(
    from: Subscriber,
    pubsub: string,
    topic: Key,
    message: unknown,
    dispatcher?: Dispatcher,
  ): void {
    adapterOf(pubsub, from.runtime)?.broadcast(pubsub, topic, message)
    publish({ pubsub, topic, message, runtime: from.runtime, dispatcher, from: from.self })
  },

  /** Sends to the subscribers of this node only. */
  localBroadcast(
    pubsub: string,
    topic: Key,
    message: unknown,
    runtime?: Runtime,
    dispatcher?: Dispatcher,
  ): void {
    publish({ pubsub, topic, message, runtime, dispatcher })
  },

  /** The same, but not to `from`. */
  localBroadcastFrom(
    from: Subscriber,
    pubsub: string,
    topic: Key,
    message: unknown,
    dispatcher?: Dispatcher,
  ): void {
    publish({ pubsub, topic, message, runtime: from.runtime, dispatcher, from: from.self })
  },

  /** Sends to the subscribers of one node; throws a `Problem` when there is no way there. */
  directBroadcast(node: string, pubsub: string, topic: Key, message: unknown, runtime?: Runtime): void {
    const adapter = adapterOf(pubsub, runtime)
    if (node === (adapter?.node ?? 'local')) return publish({ pubsub, topic, message, runtime })
    if (adapter) return adapter.direct(node, pubsub, topic, message)
    throw new Problem('unknown_node', `"${pubsub}" knows no node "${node}"`, {
      field: 'node',
      wayOut: 'start the bus with an adapter, or send to "local"',
    })
  },
} as const

interface Publication {
  readonly pubsub: string
  readonly topic: Key
  readonly message: unknown
  readonly runtime?: Runtime | undefined
  readonly dispatcher?: Dispatcher | undefined
  readonly from?: Pid
}

function publish({ pubsub, topic, message, runtime, dispatcher = toAll, from }: Publication): void {
  Registry.dispatch(pubsub, topic, (subscribers) => dispatcher(subscribers, from, message), runtime)
}

const toAll: Dispatcher = (subscribers, from, message) => {
  for (const { pid } of subscribers) if (pid !== from) processOf(pid)?.deliver(message)
}

function adapterOf(pubsub: string, runtime: Runtime | undefined): PubSubAdapter | undefined {
  return registryAt(pubsub, runtime).table.meta.get(ADAPTER_KEY) as PubSubAdapter | undefined
}
