import type { RegisterReply } from '../contract/index.ts'
import type { AgentOptions } from './agent-options.ts'

/**
 * Registers the worker under its own id. Says that it has nothing in hand, which gives back
 * at once whatever the farm thought it was building.
 */
export function enrol(options: AgentOptions, workerId: string, token?: string): Promise<RegisterReply> {
  const { name, platforms, heartbeatMs, workers } = options
  const request = {
    id: workerId,
    name,
    capabilities: { platforms: [...platforms], heartbeat_ms: heartbeatMs },
    active_build_count: 0,
  }
  return workers.register(request, token)
}
