import { emit } from '../kernel/index.ts'
import { BuildFinished, BuildRequeued } from './builds.events.ts'
import type { Loss, LostBuild } from './claim.store.ts'
import type { Parts } from './parts.ts'

/** Takes builds from their workers and tells the node what became of each. */
export async function loseBuilds(
  { claims }: Pick<Parts, 'claims'>,
  loss: Loss,
): Promise<readonly LostBuild[]> {
  const lost = await claims.lose(loss)
  for (const { id, platform, attempt, state, durationMs } of lost) {
    if (state === 'pending') emit(BuildRequeued, { id, attempt, reason: loss.reason })
    else emit(BuildFinished, { id, platform, state, durationMs })
  }
  return lost
}
