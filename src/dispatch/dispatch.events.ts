import { defineEvent } from '../kernel/index.ts'
import type { ExitReason, Pid } from '../otp/index.ts'

interface Mailbox {
  /** The process's name. */
  readonly process: string
  readonly length: number
}

interface AboutBatch {
  readonly coordinator: string
  readonly batch: string
  readonly attempts: number
}

/** A mailbox has become too long. */
export const MailboxAlert = defineEvent<Mailbox>('dispatch.mailbox.alert')

/** A mailbox has become dangerously long. */
export const MailboxCritical = defineEvent<Mailbox>('dispatch.mailbox.critical')

/** A mailbox that was too long is not any more. */
export const MailboxRecovered = defineEvent<Mailbox>('dispatch.mailbox.recovered')

/** New batches were turned away. */
export const BatchesRefused = defineEvent<{
  readonly coordinator: string
  readonly reason: string
  readonly count: number
}>('dispatch.batches.refused')

/** A holder ended with a batch in hands, which goes back to the front of the queue. */
export const BatchRequeued = defineEvent<
  AboutBatch & { readonly holder: Pid | undefined; readonly reason: ExitReason }
>('dispatch.batch.requeued')

/** A try failed; the next one follows after a pause. */
export const BatchRetried = defineEvent<AboutBatch & { readonly inMs: number; readonly failure: unknown }>(
  'dispatch.batch.retried',
)

/** The tries of a batch are used up: it waits for a person. */
export const BatchDied = defineEvent<AboutBatch & { readonly failure: unknown }>('dispatch.batch.dead')

/** A coordinator came back and found its work where it left it. */
export const CoordinatorRestored = defineEvent<{
  readonly coordinator: string
  readonly queued: number
  readonly taken: number
}>('dispatch.coordinator.restored')
