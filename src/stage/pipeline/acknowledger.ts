import { type Acknowledger, type AckTicket, type Message, NO_ACK } from './message.ts'

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
