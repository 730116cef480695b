import { type Context, type Dest, GenServer, type Runtime, type ServerRef } from '../otp/index.ts'
import type { SubscribeAnswer } from './consuming.ts'
import type { Consumes, ProducerRef, Produces } from './definition.ts'
import type { Peer } from './dispatcher.ts'
import { type Cancelling, sendAsk, sendCancel } from './messages.ts'
import type { DemandMode } from './options.ts'
import type { SubscribeOptions } from './subscription.ts'

type Taking<E> = ServerRef & Consumes<E>
type Giving = ServerRef & Produces<unknown>
type Own = Pick<Context, 'self' | 'send'>

/** Elixir's functions on stages. All take references, which know their events and runtime. */
export const GenStage = {
  /**
   * Subscribes `consumer` to `producer` and waits until it is done. Refuses with
   * `bad_opts`, and the consumer lives on.
   */
  subscribe<E>(
    consumer: Taking<E>,
    producer: ProducerRef<E>,
    options: SubscribeOptions<E> = {},
  ): Promise<SubscribeAnswer> {
    return GenServer.call(consumer, '$subscribe', { to: producer, options }) as Promise<SubscribeAnswer>
  },

  /** The same without waiting, also for a stage that subscribes itself. */
  asyncSubscribe<E>(consumer: Taking<E>, producer: ProducerRef<E>, options: SubscribeOptions<E> = {}): void {
    GenServer.cast(consumer, '$subscribe', { to: producer, options })
  },

  /** Subscribes anew to the producer of `old`, which ends with `reason` at the same time. */
  resubscribe<E>(
    consumer: Taking<E>,
    producer: ProducerRef<E>,
    old: Cancelling,
    options: SubscribeOptions<E> = {},
  ): Promise<SubscribeAnswer> {
    const request = { to: producer, options, replaces: old }
    return GenServer.call(consumer, '$subscribe', request) as Promise<SubscribeAnswer>
  },

  /** In a consumer with a manual subscription: asks its producer for `count` events. */
  ask(ctx: Own, from: Peer, count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`ask: expected count to be an integer of 0 or more, got: ${count}`)
    }
    if (count > 0) sendAsk(ctx, ctx.self, from, count)
  },

  /** In a consumer: ends a subscription; its cancel mode decides what that means for the consumer. */
  cancel(ctx: Own, from: Peer, reason: unknown): void {
    sendCancel(ctx, 'consumer', ctx.self, from, reason)
  },

  /** Lets a producer gather demand, or hear of it again, gathered first. */
  demand(producer: Giving, mode: DemandMode): void {
    GenServer.cast(producer, '$demand', mode)
  },

  /** Events that wait in the stage because nobody asked for them. */
  estimateBufferedCount(producer: Giving): Promise<number> {
    return GenServer.call(producer, '$bufferedCount') as Promise<number>
  },

  /** Sends `message` to the stage's `info`, behind the events that it holds. */
  asyncInfo(stage: Dest, message: unknown, runtime?: Runtime): void {
    GenServer.cast(stage, '$info', message, { runtime })
  },

  /** The same, and waits until the message has its place. */
  async syncInfo(stage: Dest, message: unknown, runtime?: Runtime): Promise<void> {
    await GenServer.call(stage, '$info', message, { runtime })
  },
} as const
