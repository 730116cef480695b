import { emit } from '../kernel/index.ts'
import { after, type Context, defineServer, noreply, reply } from '../otp/index.ts'
import { MailboxAlert, MailboxCritical, MailboxRecovered } from './dispatch.events.ts'
import { levelOf, type MailboxLevel, type Thresholds } from './mailbox-health.ts'

/** What a monitor watches, by registered name, so that restarts do not matter. */
export interface MailboxMonitorOptions {
  readonly processes: readonly string[]
  readonly thresholds: Thresholds
}

/** One mailbox as it is now. */
export interface MailboxHealth {
  readonly process: string
  /** Waiting messages; 0 while the process is down. */
  readonly length: number
  readonly level: MailboxLevel
}

interface State extends MailboxMonitorOptions {
  /** What was last said about each process. */
  readonly said: ReadonlyMap<string, MailboxLevel>
}

const EVENTS = { ok: MailboxRecovered, alert: MailboxAlert, critical: MailboxCritical } as const

/**
 * Looks at mailboxes from outside, so that a process too busy to answer is seen,
 * too, and says once when one becomes too long, dangerously long, and well again.
 *
 * Owns what it said last. After a crash it says again what is still the case.
 */
export const MailboxMonitor = defineServer({
  name: 'dispatch.mailbox_monitor',
  init: (options: MailboxMonitorOptions): State => ({ ...options, said: new Map() }),
  start: ({ thresholds }) => after(thresholds.intervalMs, 'look'),
  calls: {
    /** All mailboxes as they are now. */
    health: (state, _argument: undefined, ctx) => reply(look(state, ctx), state),
  },
  info: {
    look(state, _message, ctx) {
      const seen = look(state, ctx)
      for (const { process, length, level } of seen) {
        if (level !== (state.said.get(process) ?? 'ok')) emit(EVENTS[level], { process, length })
      }
      const said = new Map(seen.map(({ process, level }) => [process, level]))
      return noreply({ ...state, said }, after(state.thresholds.intervalMs, 'look'))
    },
  },
})

function look(
  { processes, thresholds }: MailboxMonitorOptions,
  { runtime }: Context,
): readonly MailboxHealth[] {
  return processes.map((process) => {
    const pid = runtime.whereis(process)
    const length = (pid && runtime.processInfo(pid)?.messageQueueLength) ?? 0
    return { process, length, level: levelOf(length, thresholds) }
  })
}
