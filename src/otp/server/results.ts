import type { ExitReason } from '../exit.ts'
import { checkedMs } from '../milliseconds.ts'

/** What a server does right after a callback, before any waiting message is read. */
export type Next = ContinueWith | IdleTimeout | After

/** Runs `continues[tag]` at once. */
export class ContinueWith {
  readonly tag: string
  readonly argument: unknown

  constructor(tag: string, argument: unknown) {
    this.tag = tag
    this.argument = argument
  }
}

/** Sends the info `timeout` when no message at all arrives for that long. */
export class IdleTimeout {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/** Sends the server itself a message in a while, whatever else arrives. */
export class After {
  readonly ms: number
  readonly message: unknown

  constructor(ms: number, message: unknown) {
    this.ms = ms
    this.message = message
  }
}

/** Answers the call and goes on with `state`. */
export class Reply<R, S> {
  /** Only for the compiler: tells the results apart. */
  declare readonly kind: 'reply'
  readonly value: R
  readonly state: S
  readonly next: Next | undefined

  constructor(value: R, state: S, next: Next | undefined) {
    this.value = value
    this.state = state
    this.next = next
  }
}

/** Goes on with `state`; a call stays unanswered until `replyTo`. */
export class NoReply<S> {
  declare readonly kind: 'noreply'
  readonly state: S
  readonly next: Next | undefined

  constructor(state: S, next: Next | undefined) {
    this.state = state
    this.next = next
  }
}

/** A `NoReply` that says what the later answer will be. */
export class Later<R, S> extends NoReply<S> {
  declare readonly promised: R
}

/** Ends the server, `terminate` first; then the reply goes out, if there is one. */
export class Stop<S, R = never> {
  readonly reason: ExitReason
  readonly state: S
  readonly replies: readonly R[]

  constructor(reason: ExitReason, state: S, replies: readonly R[]) {
    this.reason = reason
    this.state = state
    this.replies = replies
  }
}

/** `init` declines to run: no error, no process. */
export class Ignore {
  readonly ignored = true
}

/** `init` fails with a reason. */
export class FailInit {
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

/** `restore` does not want the state it was offered. */
export class Refusal {
  readonly refused = true
}

/** The reason of a server that ended because its state met `stateLimit`. */
export class StateTooLarge {
  readonly state_too_large: { readonly size: number; readonly max: number }

  constructor(size: number, max: number) {
    this.state_too_large = { size, max }
  }
}

/** Answers a call. */
export function reply<R, S>(value: R, state: S, next?: Next): Reply<R, S> {
  return new Reply(value, state, next)
}

/** Goes on without an answer. */
export function noreply<S>(state: S, next?: Next): NoReply<S> {
  return new NoReply(state, next)
}

/** Goes on; the call is answered later: `later<Answer>()(state)`. */
export function later<R>(): <S>(state: S, next?: Next) => Later<R, S> {
  return (state, next) => new Later(state, next)
}

/** Ends the server; a third argument answers the call. */
export function stop<S>(reason: ExitReason, state: S): Stop<S>
export function stop<S, const R>(reason: ExitReason, state: S, answer: R): Stop<S, R>
export function stop<S, R>(reason: ExitReason, state: S, ...answer: readonly R[]): Stop<S, R> {
  return new Stop(reason, state, answer)
}

/** Runs `continues[tag]` before any waiting message. */
export function continueWith(tag: string, argument?: unknown): Next {
  return new ContinueWith(tag, argument)
}

/** Asks for the info `timeout` after `ms` without any message; a message cancels it. */
export function timeout(ms: number): Next {
  return new IdleTimeout(checkedMs('timeout', ms, 'endless'))
}

/** Sends `message` to the server itself after `ms`. */
export function after(ms: number, message: unknown): Next {
  return new After(checkedMs('after', ms, 'finite'), message)
}

/** From `init`: do not start, and do not complain. */
export function ignore(): Ignore {
  return new Ignore()
}

/** From `init`: the start fails with `reason`. */
export function failInit(reason: ExitReason): FailInit {
  return new FailInit(reason)
}

/** From `restore`: begin with `init`, as if there had been no earlier life. */
export function refuse(): Refusal {
  return new Refusal()
}
