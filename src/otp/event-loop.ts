import { monitorEventLoopDelay } from 'node:perf_hooks'
import { emit } from '../kernel/index.ts'
import type { Context } from './context.ts'
import { checkedMs } from './milliseconds.ts'
import { EventLoopHealth } from './otp.events.ts'
import { hostOf } from './process.ts'
import { defineServer } from './server/define-server.ts'
import { after, noreply } from './server/results.ts'

/** How often the event loop is looked at. */
export interface EventLoopOptions {
  /** Pause between two events; 5000 by default. */
  readonly everyMs?: number | undefined
}

/** What Node's histogram counts in. */
const NS_PER_MS = 1_000_000
const RESOLUTION_MS = 20

/**
 * Tells as `otp.event_loop` how late the event loop of this thread is, and how much
 * waits in the runtime. Owns one histogram, emptied after every event; a crash loses
 * the delays of one period.
 */
export const EventLoopMonitor = defineServer({
  name: 'event_loop',
  init: ({ everyMs = 5_000 }: EventLoopOptions, ctx: Context) => {
    checkedMs('everyMs', everyMs, 'finite')
    ctx.trapExit(true)
    const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delays.enable()
    return { everyMs, delays }
  },
  start: ({ everyMs }) => after(everyMs, 'look'),
  info: {
    look: (state, _message, { runtime }) => {
      const { delays, everyMs } = state
      emit(EventLoopHealth, {
        delayP50Ms: lateMs(delays.percentile(50)),
        delayP99Ms: lateMs(delays.percentile(99)),
        delayMaxMs: lateMs(delays.max),
        runQueue: hostOf(runtime).scheduler.waiting,
        processes: runtime.processes().length,
      })
      delays.reset()
      return noreply(state, after(everyMs, 'look'))
    },
  },
  terminate: (_reason, { delays }) => delays.disable(),
})

/** The histogram holds whole periods of its timer: what is over the resolution is the delay. */
function lateMs(ns: number): number {
  return Number.isFinite(ns) ? Math.max(0, ns / NS_PER_MS - RESOLUTION_MS) : 0
}
