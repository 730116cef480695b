import { Problem } from '../kernel/index.ts'
import { after, defineServer, noreply } from '../otp/index.ts'
import { attemptDuty, type Parts } from './parts.ts'
import { sweepSilent } from './silence.ts'

/**
 * Looks for silent workers, again and again.
 *
 * Owns nothing: leases are columns and the database's clock decides them, so a
 * crash delays a rescue by one pause at most. Every node runs one.
 */
export const HeartbeatMonitor = defineServer({
  name: 'builds.heartbeat_monitor',
  init: (parts: Parts) => ({ parts }),
  start: ({ parts }) => after(parts.limits.monitorMs, 'sweep'),
  formatStatus: ({ parts }) => parts.limits,
  info: {
    async sweep(state) {
      const { monitorMs, rescueMax } = state.parts.limits
      const swept = await attemptDuty('rescue', () => sweepSilent(state.parts))
      const more = !(swept instanceof Problem) && swept.requeued + swept.failed >= rescueMax
      return noreply(state, after(more ? 0 : monitorMs, 'sweep'))
    },
  },
})
