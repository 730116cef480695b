import type { Context, MonitorRef } from '../otp/index.ts'
import { type BufferLimit, storeEvents } from './buffer.ts'
import type { Dispatcher, Peer, Step } from './dispatcher.ts'
import { EventQueue } from './event-queue.ts'
import { type AskMessage, type EventsMessage, sendCancel } from './messages.ts'
import type { Outgoing } from './options.ts'
import type { SubscribeOptions } from './subscription.ts'

type Event = unknown

interface Consumer {
  readonly peer: Peer
  readonly monitor: MonitorRef
}

/** What an outlet reports to its stage. */
export interface OutletReports {
  discarded(count: number): void
  misuse(problem: string): void
}

/**
 * The giving side of a stage: who is subscribed, what waits, and the dispatcher
 * that decides. Methods that change demand return how many events the producer
 * is to be asked for.
 */
export class Outlet {
  private readonly ctx: Context
  private readonly reports: OutletReports
  private readonly dispatcher: Dispatcher<Event>
  private readonly limit: BufferLimit
  private readonly consumers = new Map<string, Consumer>()
  private state: unknown
  private buffer = new EventQueue<Event>()

  constructor({ dispatcher, limit }: Outgoing, ctx: Context, reports: OutletReports) {
    this.ctx = ctx
    this.reports = reports
    this.dispatcher = dispatcher
    this.limit = limit
    this.state = this.dispatcher.initial
  }

  get buffered(): number {
    return this.buffer.size
  }

  /** Everybody who is subscribed. */
  get peers(): readonly Peer[] {
    return [...this.consumers.values()].map(({ peer }) => peer)
  }

  has(ref: string): boolean {
    return this.consumers.has(ref)
  }

  /** The subscription that a monitor of this side watches. */
  watchedBy(monitor: MonitorRef): Peer | undefined {
    for (const { peer, monitor: own } of this.consumers.values()) if (own === monitor) return peer
    return undefined
  }

  /** Takes a consumer in; a dispatcher may refuse it, and then it hears why. */
  subscribe(peer: Peer, options: SubscribeOptions): number {
    const decided = this.dispatcher.subscribe(this.state, peer, options)
    if ('refused' in decided) {
      sendCancel(this.ctx, 'producer', this.ctx.self, peer, decided.refused)
      return 0
    }
    this.consumers.set(peer.ref, { peer, monitor: this.ctx.monitor(peer.pid) })
    return this.follow(decided)
  }

  ask(ref: string, count: number): number {
    return this.follow(this.dispatcher.ask(this.state, ref, count))
  }

  /** Forgets a consumer and tells it why; call `settleCancel` after its stage knows. */
  remove(ref: string, reason: unknown): Peer | undefined {
    const consumer = this.consumers.get(ref)
    if (!consumer) return undefined
    this.consumers.delete(ref)
    this.ctx.demonitor(consumer.monitor, { flush: true })
    sendCancel(this.ctx, 'producer', this.ctx.self, consumer.peer, reason)
    return consumer.peer
  }

  settleCancel(ref: string): number {
    return this.follow(this.dispatcher.cancel(this.state, ref))
  }

  /** Gives events away, as far as they were asked for; the rest waits in the buffer. */
  emit(events: readonly Event[]): void {
    if (events.length === 0) return
    if (this.consumers.size === 0 || this.buffer.size > 0) this.store(events)
    else this.store(this.dispatch(events))
  }

  /** A message to the stage itself, in order with the events before it. */
  info(message: unknown): void {
    if (!this.buffer.isEmpty) this.buffer = this.buffer.addInfo(message)
    else this.carryOut(this.dispatcher.info(this.state, message))
  }

  /** Serves the buffer first; what is still wanted is the producer's. */
  private follow(decided: Step<Event, unknown>): number {
    this.carryOut(decided)
    let room = this.consumers.size === 0 ? 0 : this.dispatcher.capacity(this.state)
    let served = 0
    while (room > 0 && !this.buffer.isEmpty) {
      const { events, infos, queue } = this.buffer.take(room)
      this.buffer = queue
      this.dispatch(events)
      this.tellSelf(infos)
      room -= events.length
      served += events.length
    }
    return Math.max(0, decided.demand - served)
  }

  private dispatch(events: readonly Event[]): readonly Event[] {
    const decided = this.dispatcher.dispatch(this.state, events)
    this.carryOut(decided)
    if (decided.demand > 0) this.tellSelf([{ type: '$demand', count: decided.demand }])
    return decided.rest
  }

  private carryOut({ state, sends, asks, infos, warning }: Step<Event, unknown>): void {
    const { ctx } = this
    this.state = state
    for (const { ref, events } of sends) {
      const peer = this.consumers.get(ref)?.peer
      const message: EventsMessage = { type: '$events', from: { pid: ctx.self, ref }, events }
      if (peer) ctx.send(peer.pid, message)
    }
    for (const { ref, count } of asks) {
      const peer = this.consumers.get(ref)?.peer
      const message: AskMessage | undefined = peer && { type: '$ask', from: peer, count }
      if (message) ctx.send(ctx.self, message)
    }
    this.tellSelf(infos)
    if (warning !== undefined) this.reports.misuse(warning)
  }

  private tellSelf(messages: readonly unknown[]): void {
    for (const message of messages) this.ctx.send(this.ctx.self, message)
  }

  private store(events: readonly Event[]): void {
    if (events.length === 0) return
    const { queue, discarded, infos } = storeEvents(this.buffer, events, this.limit)
    this.buffer = queue
    if (discarded > 0) this.reports.discarded(discarded)
    this.tellSelf(infos)
  }
}
