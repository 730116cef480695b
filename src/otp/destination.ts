import { Problem } from '../kernel/index.ts'
import type { Dest } from './context.ts'
import { handedOver } from './freeze.ts'
import { type Host, ProcessId } from './process.ts'

/** The pid that a destination means now; undefined for a name that nobody holds. */
export function locate(host: Host, to: Dest): ProcessId | undefined {
  if (to instanceof ProcessId) return to
  if (typeof to === 'string') return (host.names.get(to) ?? host.outside?.(to))?.pid
  return 'whereis' in to ? (to.whereis() as ProcessId | undefined) : undefined
}

/** Silent for a dead pid; throws for a name that nobody holds. */
export function sendMessage(host: Host, to: Dest, message: unknown): void {
  const pid = locate(host, to)
  if (!pid) throw unknownName(to)
  pid.process?.deliver(handedOver(host, message))
}

/** How a destination reads in errors. */
export function describeDest(to: Dest): string {
  if (typeof to === 'string') return to
  if ('whereis' in to) return to.toString()
  return (to instanceof ProcessId ? to.process?.name : undefined) ?? to.id
}

function unknownName(to: Dest): Problem {
  return new Problem('unknown_name', `no process is registered as "${describeDest(to)}"`, {
    field: 'to',
    wayOut: 'start the process first, or use a cast, which may be lost silently',
  })
}
