import type { Context, Dest, Pid } from '../otp/index.ts'
import type { Peer } from './dispatcher.ts'
import type { SubscribeOptions } from './subscription.ts'

/** Consumer to producer: let me be one of yours; `replaces` is cancelled first. */
export interface SubscribeMessage {
  readonly type: '$subscribe'
  readonly from: Peer
  readonly options: SubscribeOptions
  readonly replaces: Cancelling | undefined
}

/** Consumer to producer: so many more. */
export interface AskMessage {
  readonly type: '$ask'
  readonly from: Peer
  readonly count: number
}

/** Producer to consumer: what was asked for. */
export interface EventsMessage {
  readonly type: '$events'
  readonly from: Peer
  readonly events: readonly unknown[]
}

/** Either way: this subscription is over. `by` says which side the sender is on. */
export interface CancelMessage extends Cancelling {
  readonly type: '$cancel'
  readonly by: 'consumer' | 'producer'
  readonly from: Peer
}

/** Stage to itself, in order with its events: end all subscriptions of consumers. */
export interface LeaveMessage {
  readonly type: '$leave'
  readonly reason: unknown
}

/** Stage to itself: a message that its source held back has nothing before it any more. */
export interface InfoMessage {
  readonly type: '$info'
  readonly message: unknown
}

/** A subscription to be ended, and why. */
export interface Cancelling {
  readonly ref: string
  readonly reason: unknown
}

/** What may be sent with: a context, or a runtime from outside of every process. */
export interface Sender {
  send(to: Dest, message: unknown): void
}

/** Asks the producer `to` for `count` events in the name of `self`. */
export function sendAsk(sender: Sender, self: Pid, to: Peer, count: number): void {
  const message: AskMessage = { type: '$ask', from: { pid: self, ref: to.ref }, count }
  sender.send(to.pid, message)
}

/** Gives a message, once held back by the source of this stage, its place behind all events that went out. */
export function sendInfo(own: Pick<Context, 'self' | 'send'>, message: unknown): void {
  own.send(own.self, { type: '$info', message } satisfies InfoMessage)
}

/** Tells the other end of `to` that the subscription is over. */
export function sendCancel(
  sender: Sender,
  by: CancelMessage['by'],
  self: Pid,
  to: Peer,
  reason: unknown,
): void {
  const message: CancelMessage = {
    type: '$cancel',
    by,
    from: { pid: self, ref: to.ref },
    ref: to.ref,
    reason,
  }
  sender.send(to.pid, message)
}
