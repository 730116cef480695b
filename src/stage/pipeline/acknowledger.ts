import type { Eventually } from '../eventually.ts'
import type { Message } from './message.ts'

/** Tells the source of messages what became of them: one per kind of source. */
export interface Acknowledger<R = unknown, A = unknown> {
  /**
   * Called once per group of messages with the same `ref`, in the stage that
   * finished them. What it throws is reported and does not stop the pipeline.
   */
  ack(ref: R, successful: readonly Message[], failed: readonly Message[]): Eventually<void>
  /** Changes the `data` of one message's ticket by options such as `{ onFailure: 'reject' }`. */
  configure?(ref: R, data: A, options: object): A
}

/** Whom to tell about one message, in which group, and what it needs to know. */
export interface AckTicket<R = unknown, A = unknown> {
  readonly acknowledger: Acknowledger<R, A>
  /** Groups messages: one call of `ack` per `ref`. */
  readonly ref: R
  readonly data: A
}

/** For messages nobody waits for. */
export const NO_ACK: AckTicket = { acknowledger: { ack: () => {} }, ref: 'nobody', data: undefined }

interface Group {
  readonly ticket: AckTicket
  readonly successful: Message[]
  readonly failed: Message[]
}

/** Acknowledges by status, grouped; rejects with the first failure after all groups were told. */
export async function acknowledgeAll(messages: readonly Message[]): Promise<void> {
  const failures: unknown[] = []
  for (const { ticket, successful, failed } of groupByTicket(messages)) {
    try {
      await ticket.acknowledger.ack(ticket.ref, successful, failed)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

function groupByTicket(messages: readonly Message[]): readonly Group[] {
  const byWhom = new Map<Acknowledger, Map<unknown, Group>>()
  for (const message of messages) {
    const { ticket, status } = message
    if (ticket === NO_ACK) continue
    const byRef = byWhom.get(ticket.acknowledger) ?? new Map<unknown, Group>()
    const group = byRef.get(ticket.ref) ?? { ticket, successful: [], failed: [] }
    byWhom.set(ticket.acknowledger, byRef.set(ticket.ref, group))
    ;(status === 'ok' ? group.successful : group.failed).push(message)
  }
  return [...byWhom.values()].flatMap((byRef) => [...byRef.values()])
}
