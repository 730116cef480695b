import { emit } from '../../kernel/index.ts'
import { CallRequest, CastRequest } from '../call-request.ts'
import { type ExitReason, formatExit, reasonOf } from '../exit.ts'
import { ServerCrashed } from '../otp.events.ts'
import type { Process } from '../process.ts'
import type { Callbacks } from './callbacks.ts'

/** Tells logger and telemetry of a server that ended by itself for a reason that is not clean. */
export function reportServerCrash(
  server: Process & { readonly state: unknown },
  { formatStatus }: Callbacks,
  inHand: unknown,
  reason: ExitReason,
): void {
  server.host.report(server, {
    kind: 'server_crash',
    reason,
    lastMessage: shownMessage(inHand),
    state: shownState(formatStatus, server.state),
    client: server.client?.caller,
  })
  const { pid, name, module } = server
  emit(ServerCrashed, { pid, name, module, reason })
}

/** A formatter that fails must not hide the crash it was to describe. */
export function shownState(format: Callbacks['formatStatus'], state: unknown): unknown {
  if (!format) return state
  try {
    return format(state)
  } catch (thrown) {
    return { formatStatus: formatExit(reasonOf(thrown)) }
  }
}

/** A message as crash reports show it, without the promise of whoever waits. */
export function shownMessage(message: unknown): unknown {
  if (message instanceof CallRequest) return { call: message.name, argument: message.argument }
  return message instanceof CastRequest ? { cast: message.name, argument: message.argument } : message
}
