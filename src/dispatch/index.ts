export type { Batch, BatchState, DeadBatch, Ticket } from './batch.ts'
export type { Counts } from './batch-index.ts'
export type { NoBatch } from './desk.ts'
export {
  BatchDied,
  BatchesRefused,
  BatchRequeued,
  BatchRetried,
  CoordinatorRestored,
  MailboxAlert,
  MailboxCritical,
  MailboxRecovered,
} from './dispatch.events.ts'
export type { Workers } from './dispatcher.supervisor.ts'
export {
  type Admission,
  type Dispatcher,
  type DispatcherDefinition,
  defineDispatcher,
  type Refused,
  type TakeOptions,
} from './dispatcher.ts'
export type { Refusal, Setback } from './ledger.ts'
export type { MailboxLevel, Thresholds } from './mailbox-health.ts'
export { type MailboxHealth, MailboxMonitor, type MailboxMonitorOptions } from './mailbox-monitor.server.ts'
export type { CoordinatorLimits, DispatcherOptions } from './options.ts'
export { RetryLater, type Run } from './worker.ts'
