import type { Builds } from '../builds/index.ts'
import type { Routes } from '../http/index.ts'
import type { ChildSpec } from '../otp/index.ts'
import { eventsRoutes } from './events.routes.ts'
import { LIVE_HUB, LiveHub } from './live-hub.server.ts'
import { liveSource } from './live-source.ts'
import { pageRoutes } from './page.routes.ts'
import { treeReply } from './process-view.ts'
import { processesRoutes } from './processes.routes.ts'
import type { WatchedNode } from './watched-node.ts'

/** What the dashboard shows, and what may be done from it. */
export interface DashboardOptions {
  readonly builds: Builds
  readonly node: WatchedNode
}

/** The page, its live events and the processes: for the endpoint. */
export function dashboardRoutes({ node }: DashboardOptions): Routes {
  return async (server, guard) => {
    const groups = [pageRoutes(), eventsRoutes(node.runtime), processesRoutes(node)]
    for (const group of groups) await group(server, guard)
  }
}

/** The process behind the live events: for the tree, before the endpoint. */
export function dashboardHub({ builds, node }: DashboardOptions): ChildSpec {
  const source = liveSource(builds, () => treeReply(node))
  return LiveHub.child(source, { id: 'live-hub', name: LIVE_HUB })
}
