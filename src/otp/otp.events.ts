import { defineEvent } from '../kernel/index.ts'
import type { ExitReason } from './exit.ts'
import type { Pid } from './pid.ts'
import type { TraceStep } from './server/management.ts'

interface AboutProcess {
  readonly pid: Pid
  readonly name: string | undefined
  readonly module: string
}

/** A process was started; its `init` has not run yet. */
export const ProcessStarted = defineEvent<AboutProcess>('otp.process.start')

/** A process ended, for whatever reason. */
export const ProcessStopped = defineEvent<AboutProcess & { readonly reason: ExitReason }>('otp.process.stop')

/** A server ended by itself for a reason that is not clean. */
export const ServerCrashed = defineEvent<AboutProcess & { readonly reason: ExitReason }>('otp.server.crash')

/** A supervisor started a child again; `restarts` counts this child's restarts. */
export const ChildRestarted = defineEvent<{
  readonly supervisor: string
  readonly child: string
  readonly reason: ExitReason
  readonly restarts: number
}>('otp.supervisor.restart')

/** A message was refused because as many wait as `mailbox` allows; `call` says whether somebody was told. */
export const MailboxOverflow = defineEvent<
  AboutProcess & {
    readonly waiting: number
    readonly max: number
    readonly policy: 'reject' | 'drop_new' | 'drop_old'
    readonly call: boolean
  }
>('otp.mailbox.overflow')

/** A supervisor met its restart limit and ends. */
export const SupervisorGaveUp = defineEvent<AboutProcess & { readonly restarts: number }>(
  'otp.supervisor.gave_up',
)

/** A process kept everybody waiting: its slice took `tookMs`. Computing belongs into a thread. */
export const LongSchedule = defineEvent<AboutProcess & { readonly tookMs: number }>(
  'otp.scheduler.long_schedule',
)

/** A server under `sys.trace` took a message, answered one or went on. */
export const ServerTraced = defineEvent<AboutProcess & { readonly step: TraceStep }>('otp.server.trace')

/** How late the event loop was in the last period, and what waits; see `EventLoopMonitor`. */
export const EventLoopHealth = defineEvent<{
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  /** Processes with something to do that wait for their slice. */
  readonly runQueue: number
  readonly processes: number
}>('otp.event_loop')
