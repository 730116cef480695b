import { type Down, type Pid, type Runtime, Supervisor } from '../otp/index.ts'
import { NAMES, startAgentSupervisor } from './agent.supervisor.ts'
import type { AgentOptions } from './agent-options.ts'
import { enrol } from './enrol.ts'
import { runningAttempts } from './poller.server.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

/** A running build agent. */
export interface Agent {
  readonly workerId: string
  /** Folders that a killed agent had left, removed by now. */
  readonly leftovers: number
  /** Resolves when the agent cannot go on: the server refuses it, or its processes gave up. */
  readonly failed: Promise<Error>
  /**
   * Takes no more builds and ends. With `drain` the build under way is finished first; without, its
   * command is killed and the build given back, so that another worker can start at once.
   */
  stop(options: { readonly drain: boolean }): Promise<void>
}

/**
 * Starts a build agent; its processes take their names in `runtime`, which must be its own.
 * Resolves before the server was asked anything: an agent may start first and waits for it.
 *
 * Rejects with `work_dir_busy` or `work_dir_unusable`.
 */
export async function startAgent(options: AgentOptions, runtime: Runtime): Promise<Agent> {
  const workspace = await openWorkspace(options.workDir)
  let onRefused = (_cause: Error): void => {}
  const refused = new Promise<Error>((resolve) => {
    onRefused = resolve
  })
  const root = await startAgentSupervisor({ options, workspace, onRefused }, runtime)
  const gaveUp = ended(runtime, root.pid).then(() => new Error('The agent crashed too often'))
  return {
    workerId: workspace.workerId,
    leftovers: workspace.leftovers,
    failed: Promise.race([refused, gaveUp]),
    stop: ({ drain }) => stopAgent(options, workspace, runtime, drain),
  }
}

async function stopAgent(
  options: AgentOptions,
  workspace: Workspace,
  runtime: Runtime,
  drain: boolean,
): Promise<void> {
  await Supervisor.terminateChild(NAMES.root, NAMES.poller, runtime)
  const attempts = await runningAttempts(NAMES.attempts, runtime)
  if (drain) await Promise.all(attempts.map((pid) => ended(runtime, pid)))
  await runtime.stop()
  // Best effort: without it the lease ends the matter.
  if (!drain && attempts.length > 0) await enrol(options, workspace.workerId).catch(() => undefined)
  await workspace.close()
}

/** Resolves when the process is no more. */
function ended(runtime: Runtime, pid: Pid): Promise<void> {
  return new Promise((resolve) => {
    runtime.spawn(
      async (ctx) => {
        ctx.monitor(pid)
        await ctx.receive((message): message is Down => (message as Partial<Down>).type === 'DOWN')
        resolve()
      },
      { module: 'agent.watch' },
    )
  })
}
