import type { Builds } from './builds.ts'
import { holderDesk } from './holder-desk.ts'
import { assemble, type BuildsOptions, type Parts } from './parts.ts'
import { readerDesk } from './reader-desk.ts'
import { submitterDesk } from './submitter-desk.ts'
import { workerDesk } from './worker-desk.ts'

/** The farm and, for its supervisor, what it is made of. */
export interface BuildsService extends Builds {
  readonly parts: Parts
}

/** The farm of this node. Polls are answered once `buildsSupervisor` runs; all else works at once. */
export function createBuilds(options: BuildsOptions): BuildsService {
  const parts = assemble(options)
  return { parts, ...submitterDesk(parts), ...workerDesk(parts), ...holderDesk(parts), ...readerDesk(parts) }
}
