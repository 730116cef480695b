import type { Context, Runtime } from './context.ts'
import type { Key } from './key.ts'
import type { Pid } from './pid.ts'
import { processOf } from './process.ts'
import { Registry } from './registry/registry.ts'
import { tableOf } from './registry/registry-server.ts'
import type { ChildOptions, ChildSpec } from './supervisor/child-spec.ts'

type Subscriber = Pick<Context, 'self' | 'runtime'>

/**
 * Messages to whoever has subscribed to a topic: a registry of duplicate keys.
 * They arrive in `info`. A dead subscriber is gone from its end on; when the
 * PubSub crashes its subscribers fall with it and subscribe anew.
 */
export const PubSub = {
  child({ name, ...options }: ChildOptions & { readonly name: string }): ChildSpec {
    return Registry.child({ ...options, name, keys: 'duplicate' })
  },

  /** Subscribing twice brings two copies. */
  subscribe(ctx: Subscriber, pubsub: string, topic: Key): void {
    Registry.register(ctx, pubsub, topic)
  },

  /** Ends all own subscriptions to the topic. */
  unsubscribe(ctx: Subscriber, pubsub: string, topic: Key): void {
    Registry.unregister(ctx, pubsub, topic)
  },

  /** Sends to every subscriber; nobody listening is fine. */
  broadcast(pubsub: string, topic: Key, message: unknown, runtime?: Runtime): void {
    publish(pubsub, topic, message, undefined, runtime)
  },

  /** The same, but not to `from`. */
  broadcastFrom(from: Subscriber, pubsub: string, topic: Key, message: unknown): void {
    publish(pubsub, topic, message, from.self, from.runtime)
  },
} as const

function publish(pubsub: string, topic: Key, message: unknown, except?: Pid, runtime?: Runtime): void {
  for (const { pid } of tableOf(pubsub, runtime).lookup(topic)) {
    if (pid !== except) processOf(pid)?.deliver(message)
  }
}
