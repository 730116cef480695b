import { after, defineServer, noreply } from '../otp/index.ts'
import { attemptDuty, type Parts } from './parts.ts'
import { keepFiles } from './upkeep.ts'

/**
 * Throws away files that no build needs, again and again.
 *
 * Owns nothing; a crash leaves files for the next round. Every node keeps its
 * own blob store, so every node runs one.
 */
export const ArtifactKeeper = defineServer({
  name: 'builds.artifact_keeper',
  init: (parts: Parts) => ({ parts }),
  start: ({ parts }) => after(parts.limits.keeperMs, 'keep'),
  formatStatus: ({ parts }) => parts.limits,
  info: {
    async keep(state) {
      await attemptDuty('keep', () => keepFiles(state.parts))
      return noreply(state, after(state.parts.limits.keeperMs, 'keep'))
    },
  },
})
