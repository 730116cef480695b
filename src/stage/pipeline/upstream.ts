import { type Context, type From, GenServer, isClean, replyTo } from '../../otp/index.ts'
import type { Cancelled, Subscribing } from '../definition.ts'
import type { SubscribeOptions } from '../subscription.ts'

/** What a stage of a pipeline subscribes to, and how. */
export interface UpstreamOptions {
  /** Registered names; the first one is tried first. */
  readonly names: readonly string[]
  readonly subscription: SubscribeOptions
  /** Pause before a producer that ended is tried again; never without it. */
  readonly resubscribeMs: number | undefined
}

interface Named extends SubscribeOptions {
  readonly name: string
}

/** To a stage itself: try that one again. */
export interface Resubscribe {
  readonly type: 'resubscribe'
  readonly name: string
}

/**
 * The layer above one stage of a pipeline. Producers that were restarted are
 * subscribed to anew until the pipeline is to end; when then the last one has
 * said goodbye, what is still held goes out and the stage says goodbye, too.
 */
export class Upstream {
  private readonly ctx: Context
  private readonly options: UpstreamOptions
  private readonly producers = new Map<string, string>()
  private readonly waiting: From[] = []
  private resubscribeMs: number | undefined
  private empty = false

  constructor(options: UpstreamOptions, ctx: Context) {
    this.ctx = ctx
    this.options = options
    this.resubscribeMs = options.resubscribeMs
    for (const name of options.names) this.subscribe(name)
  }

  /** Only its own subscriptions count; those of consumers are the stage's matter. */
  joined({ role, peer, options }: Subscribing): void {
    if (role === 'producer') this.producers.set(peer.ref, (options as Named).name)
  }

  /** A producer that came to its end is not restarted, and not waited for. */
  left({ role, peer, kind, reason }: Cancelled): void {
    const name = this.producers.get(peer.ref)
    if (role === 'consumer' || name === undefined) return
    this.producers.delete(peer.ref)
    if (kind === 'cancel' || !isClean(reason)) this.tryLater(name)
    this.endIfAlone()
  }

  subscribe(name: string): void {
    const { ctx, options } = this
    const to = ctx.runtime.whereis(name)
    if (to === undefined) return this.tryLater(name)
    const named: Named = { cancel: 'temporary', ...options.subscription, name }
    GenServer.cast(ctx.self, '$subscribe', { to, options: named })
  }

  /** No new subscriptions from now on: the pipeline is about to end. */
  end(): void {
    this.resubscribeMs = undefined
    this.endIfAlone()
  }

  /** Answers once the stage has handled everything that it was given. */
  drained(from: From): void {
    if (this.empty) replyTo(from, true)
    else this.waiting.push(from)
  }

  /** Everything was handled. */
  isEmpty(): void {
    this.empty = true
    for (const from of this.waiting.splice(0)) replyTo(from, true)
  }

  private tryLater(name: string): void {
    if (this.resubscribeMs === undefined) return
    const message: Resubscribe = { type: 'resubscribe', name }
    this.ctx.sendAfter(this.resubscribeMs, this.ctx.self, message)
  }

  private endIfAlone(): void {
    if (this.resubscribeMs !== undefined || this.producers.size > 0) return
    GenServer.cast(this.ctx.self, '$info', 'upstream_ended')
  }
}
