import { attachPrefix, detach } from '../kernel/index.ts'
import { type ChildSpec, defineServer, formatExit, ServerTraced } from '../otp/index.ts'
import type { Logger } from './logger.ts'

/** Events that say that something went wrong, by the end of their name. */
const WARNINGS = ['restart', 'crash', 'rescued', 'failed', 'lost', 'failure', 'gap', 'gave_up']
/** Events that only a search for a fault needs. */
const DETAILS = ['otp.process.', 'storage.query', 'http.']

let incarnation = 0

/**
 * Writes named events to the log of the node.
 *
 * Owns one telemetry handler. After a crash the next incarnation attaches a new
 * one; events between the two are not logged, nothing else is lost.
 */
const EventLog = defineServer({
  name: 'app.event_log',
  init(log: Logger, ctx) {
    incarnation += 1
    const id = `app.event_log.${incarnation}`
    attachPrefix(id, '', (event, fields) => {
      const level = levelOf(event)
      // A trace shows what nobody formatted for a log, and only to who asked for it.
      if (event !== ServerTraced.name && log.isLevelEnabled(level)) log[level](printable(fields), event)
    })
    ctx.signal.addEventListener('abort', () => detach(id))
    return { id }
  },
})

/** The child that turns events into log lines. */
export function eventLog(log: Logger): ChildSpec {
  return EventLog.child(log, { id: 'telemetry', name: 'app.event_log' })
}

/** Errors have no JSON of their own. */
function printable(fields: object): object {
  const texts = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? formatExit(value) : (value as unknown),
  ])
  return Object.fromEntries(texts) as object
}

function levelOf(event: string): 'debug' | 'info' | 'warn' {
  if (DETAILS.some((prefix) => event.startsWith(prefix))) return 'debug'
  return WARNINGS.some((ending) => event.endsWith(ending)) ? 'warn' : 'info'
}
