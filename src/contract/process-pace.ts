import type { ProcessesReply } from './processes.ts'

/** Messages handled in a second between two lists of the same node, by pid. */
export function paceBetween(
  before: ProcessesReply | undefined,
  after: ProcessesReply,
): ReadonlyMap<string, number> {
  const elapsedMs = after.at_ms - (before?.at_ms ?? 0)
  if (before?.node !== after.node || elapsedMs <= 0) return new Map()
  const handled = new Map(before.processes.map((process) => [process.pid, process.handled]))
  return new Map(
    after.processes.flatMap(({ pid, handled: now }) => {
      const old = handled.get(pid)
      return old === undefined ? [] : [[pid, ((now - old) * 1_000) / elapsedMs] as const]
    }),
  )
}
