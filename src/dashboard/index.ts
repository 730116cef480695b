export { LiveLoadFailed } from './dashboard.events.ts'
export { type DashboardOptions, dashboardHub, dashboardRoutes } from './dashboard.ts'
export type { WatchedNode } from './watched-node.ts'
