import { DynamicSupervisor, type Runtime, Supervisor, type SupervisorRef } from '../otp/index.ts'
import { Poller, type PollerArgs } from './poller.server.ts'

/** Registered names of the agent's parts. */
export const NAMES = { root: 'agent', attempts: 'agent.attempts', poller: 'agent.poller' } as const

/**
 * Starts the agent's processes: attempts (temporary: the farm, not we, starts a lost build again)
 * and the poller, which ends for good only when the server refuses it.
 */
export function startAgentSupervisor(
  args: Omit<PollerArgs, 'attempts'>,
  runtime: Runtime,
): Promise<SupervisorRef> {
  const { root, attempts, poller } = NAMES
  const children = [
    DynamicSupervisor.child({ id: attempts, name: attempts }),
    Poller.child({ ...args, attempts }, { id: poller, name: poller, restart: 'transient' }),
  ]
  return Supervisor.startLink({ name: root, strategy: 'one_for_one', children }, { runtime })
}
