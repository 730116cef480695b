import { type Next, NoReply, Reply } from '../otp/index.ts'

/** Goes on with `state`, after `events` were dispatched. */
export class Produce<E, S> extends NoReply<S> {
  readonly events: readonly E[]

  constructor(events: readonly E[], state: S, next: Next | undefined) {
    super(state, next)
    this.events = events
  }
}

/** Answers a call, after `events` were dispatched. */
export class ReplyAndProduce<R, E, S> extends Reply<R, S> {
  readonly events: readonly E[]

  constructor(value: R, events: readonly E[], state: S, next: Next | undefined) {
    super(value, state, next)
    this.events = events
  }
}

/** How a stage takes a new subscription: it asks by itself, or its code asks with `GenStage.ask`. */
export class Subscribed<S> {
  readonly mode: 'automatic' | 'manual'
  readonly state: S

  constructor(mode: 'automatic' | 'manual', state: S) {
    this.mode = mode
    this.state = state
  }
}

/** Dispatches `events` to the consumers, what they did not ask for into the buffer. */
export function produce<E, S>(events: readonly E[], state: S, next?: Next): Produce<E, S> {
  return new Produce(events, state, next)
}

/** Answers a call with `value`; the events are on their way before the answer is. */
export function replyAndProduce<R, E, S>(
  value: R,
  events: readonly E[],
  state: S,
  next?: Next,
): ReplyAndProduce<R, E, S> {
  return new ReplyAndProduce(value, events, state, next)
}

/** From `handleSubscribe`: demand is asked for by the stage. */
export function automatic<S>(state: S): Subscribed<S> {
  return new Subscribed('automatic', state)
}

/** From `handleSubscribe`: nothing is asked for but with `GenStage.ask`. Consumers only. */
export function manual<S>(state: S): Subscribed<S> {
  return new Subscribed('manual', state)
}

/** The events that a result carries; undefined for results that carry none. */
export function eventsIn(result: unknown): readonly unknown[] | undefined {
  return result instanceof Produce || result instanceof ReplyAndProduce ? result.events : undefined
}
