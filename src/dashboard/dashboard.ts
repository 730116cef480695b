import type { Builds } from '../builds/index.ts'
import type { Routes } from '../http/index.ts'
import type { ChildSpec, Runtime } from '../otp/index.ts'
import { eventsRoutes } from './events.routes.ts'
import { LIVE_HUB, LiveHub } from './live-hub.server.ts'
import { liveSource } from './live-source.ts'
import { pageRoutes } from './page.routes.ts'
import { type ProcessDesk, processesRoutes } from './processes.routes.ts'

/** What the dashboard shows, and what may be done from it. */
export interface DashboardOptions extends ProcessDesk {
  readonly builds: Builds
  readonly runtime: Runtime
}

/** The page, its live events and the processes: for the endpoint. */
export function dashboardRoutes({ runtime, tree, kill }: DashboardOptions): Routes {
  return async (server, guard) => {
    const groups = [pageRoutes(), eventsRoutes(runtime), processesRoutes({ tree, kill })]
    for (const group of groups) await group(server, guard)
  }
}

/** The process behind the live events: for the tree, before the endpoint. */
export function dashboardHub({ builds, tree }: DashboardOptions): ChildSpec {
  return LiveHub.child(liveSource(builds, tree), { id: 'live-hub', name: LIVE_HUB })
}
