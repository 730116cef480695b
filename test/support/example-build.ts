import type { BuildView } from '../../src/contract/index.ts'

/** A build for tests: waiting since the start of 2026, apart from what the test says. */
export function exampleBuild(more: Partial<BuildView>): BuildView {
  return {
    id: 'b1',
    state: 'pending',
    platform: 'linux',
    name: null,
    priority: 0,
    attempt: 0,
    attempts_max: 3,
    worker_id: null,
    worker_name: null,
    progress: null,
    submitted_at: '2026-01-01T00:00:00.000Z',
    started_at: null,
    finished_at: null,
    error: null,
    source: { bytes: 1, sha256: 'a' },
    artifact: null,
    ...more,
  }
}
