/**
 * Expected outcomes are values with named reasons; bugs are thrown.
 *
 * A reason is a stable snake_case code that callers may switch over; `message`
 * says in one line what happened and what to do about it.
 */
export type Result<T, R extends string = string> = Ok<T> | Err<R>

/** The wanted outcome. */
export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

/** An expected failure: `reason` for programs, `message` for people. */
export interface Err<R extends string = string> {
  readonly ok: false
  readonly reason: R
  readonly message?: string
}

/** Wraps the wanted outcome; without an argument it stands for "done". */
export function ok(): Ok<void>
export function ok<T>(value: T): Ok<T>
export function ok<T>(value?: T): Ok<T | undefined> {
  return { ok: true, value }
}

/** Names an expected failure. */
export function err<const R extends string>(reason: R, message?: string): Err<R> {
  return message === undefined ? { ok: false, reason } : { ok: false, reason, message }
}
