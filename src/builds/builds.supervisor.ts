import { type ChildSpec, Supervisor } from '../otp/index.ts'
import { ArtifactKeeper } from './artifact-keeper.server.ts'
import { Assignment } from './assignment.server.ts'
import type { BuildsService } from './create-builds.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.server.ts'
import { ASSIGNMENT } from './worker-desk.ts'

/** The farm's processes on this node. None needs another, so each restarts alone. */
export function buildsSupervisor({ parts }: BuildsService): ChildSpec {
  return Supervisor.child({
    id: 'builds',
    name: 'builds',
    strategy: 'one_for_one',
    children: [
      Assignment.child(parts, { id: 'assignment', name: ASSIGNMENT }),
      HeartbeatMonitor.child(parts, { id: 'heartbeat_monitor', name: 'builds.heartbeat_monitor' }),
      ArtifactKeeper.child(parts, { id: 'artifact_keeper', name: 'builds.artifact_keeper' }),
    ],
  })
}
