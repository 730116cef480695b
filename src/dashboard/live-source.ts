import { type Builds, buildView, workerView } from '../builds/index.ts'
import type { BuildCounts, BuildView, TreeReply, WorkerView } from '../contract/index.ts'

/** What the live hub shows and how it hears of changes. Every read may reject with a `Problem`. */
export interface LiveSource {
  build(id: string): Promise<BuildView | undefined>
  /** The newest, newest first. */
  latestBuilds(limit: number): Promise<readonly BuildView[]>
  counts(): Promise<BuildCounts>
  workers(): Promise<readonly WorkerView[]>
  tree(): Promise<TreeReply>
  /** Calls back when a build or worker changed; `onGap` when changes may have been missed. Returns stop. */
  onChange(
    listener: (change: { readonly kind: 'build' | 'worker' | 'log'; readonly id: string }) => void,
    onGap: () => void,
  ): () => void
}

/** The farm and the running tree as a source. */
export function liveSource(builds: Builds, tree: () => Promise<TreeReply>): LiveSource {
  return {
    async build(id) {
      const build = await builds.find(id)
      return build && buildView(build)
    },
    async latestBuilds(limit) {
      const page = await builds.list({ limit })
      return page.builds.map(buildView)
    },
    counts: () => builds.counts(),
    async workers() {
      return (await builds.listWorkers()).map(workerView)
    },
    tree,
    onChange: (listener, onGap) => builds.onChange(listener, onGap),
  }
}
