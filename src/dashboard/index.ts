export { LiveLoadFailed } from './dashboard.events.ts'
export { type DashboardOptions, dashboardHub, dashboardRoutes } from './dashboard.ts'
export { killProcess, processView } from './process-view.ts'
export type { ProcessDesk } from './processes.routes.ts'
