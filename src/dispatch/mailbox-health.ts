/** How long a mailbox may become before somebody should know. */
export interface Thresholds {
  /** Waiting messages that are too many; 500 by default. */
  readonly alert: number
  /** Waiting messages that are a danger; 800 by default. */
  readonly critical: number
  /** The pause between two looks; 1000 by default. */
  readonly intervalMs: number
}

/** How a mailbox is. */
export type MailboxLevel = 'ok' | 'alert' | 'critical'

export const DEFAULT_THRESHOLDS: Thresholds = { alert: 500, critical: 800, intervalMs: 1_000 }

/** What a number of waiting messages means. */
export function levelOf(length: number, { alert, critical }: Thresholds): MailboxLevel {
  if (length >= critical) return 'critical'
  return length >= alert ? 'alert' : 'ok'
}
