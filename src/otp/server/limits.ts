import { Problem } from '../../kernel/index.ts'

/**
 * A bound on waiting messages: an extension, as mailboxes have none in OTP.
 *
 * `reject` and `drop_new` refuse what comes, `drop_old` what waits longest. A call
 * that is refused fails with `overloaded` at once; casts and other messages are
 * lost. Exits, `DOWN`, `stop`, `sys` and the server's own timers always pass.
 */
export interface MailboxLimit {
  /** Most messages that may wait, from 1 up. */
  readonly max: number
  readonly policy: 'reject' | 'drop_new' | 'drop_old'
}

/** Lets a sound limit pass, and throws for any other. */
export function checkedMailbox(limit: MailboxLimit): MailboxLimit {
  if (Number.isInteger(limit.max) && limit.max > 0) return limit
  throw new Problem('invalid_mailbox', `mailbox.max cannot be ${limit.max}`, {
    field: 'mailbox.max',
    wayOut: 'give a whole number from 1 up, or leave the mailbox unbounded',
  })
}

/** Ends a server whose state grew too large, `terminate` first: an extension, see `stateLimit`. */
export interface StateLimit<S> {
  /** The size in any unit; asked after every message, so it must be cheap. */
  readonly sizeOf: (state: S) => number
  /** Larger than this ends the server with the reason `{ state_too_large: { size, max } }`. */
  readonly max: number
}
