import { emit } from '../kernel/index.ts'
import { SilentSwept } from './builds.events.ts'
import { loseBuilds } from './loss.ts'
import type { Parts } from './parts.ts'

/** What one look for silent workers did. */
export interface Swept {
  readonly requeued: number
  readonly failed: number
  readonly offline: number
}

/**
 * Takes builds from workers whose lease ran out and marks idle workers offline
 * that nobody heard of. Safe on many nodes at once: each row is one node's.
 */
export async function sweepSilent(parts: Parts): Promise<Swept> {
  const { workers, limits } = parts
  const loss = { silentOnly: true, reason: 'went silent', counted: true, max: limits.rescueMax }
  const lost = await loseBuilds(parts, loss)
  const offline = await workers.markOffline(limits.offlineMs)
  const requeued = lost.filter(({ state }) => state === 'pending').length
  const swept = { requeued, failed: lost.length - requeued, offline: offline.length }
  if (lost.length + offline.length > 0) emit(SilentSwept, swept)
  return swept
}
