import { type ChildSpec, Supervisor, type SupervisorOptions, TaskSupervisor } from '../otp/index.ts'
import { Coordinator } from './coordinator.server.ts'
import { Keeper } from './keeper.server.ts'
import { DEFAULT_THRESHOLDS } from './mailbox-health.ts'
import { MailboxMonitor } from './mailbox-monitor.server.ts'
import { type CoordinatorLimits, checkCount, type DispatcherOptions, limitsOf } from './options.ts'
import { type Run, takeTurn } from './worker.ts'
import { WorkerPool } from './worker-pool.server.ts'

/** Who does the batches, when the dispatcher itself sees to that. */
export interface Workers<P> {
  /** Most batches at work at once, for each coordinator. */
  readonly concurrency: number
  readonly run: Run<P>
  /** How long an orderly end waits for batches in hands; 30000 by default. */
  readonly drainMs?: number | undefined
}

/** Extra time of a pool's end beyond its draining. */
const GRACE_MS = 1_000

/** The names of a dispatcher's processes. */
export const namesOf = {
  coordinator: (name: string, index: number): string => `${name}.coordinator.${index}`,
  keeper: (name: string): string => `${name}.keeper`,
  monitor: (name: string): string => `${name}.mailboxes`,
  pool: (name: string, index: number): string => `${name}.workers.${index}`,
  tasks: (name: string, index: number): string => `${name}.tasks.${index}`,
} as const

/**
 * The tree of a dispatcher: each child is restarted on its own, because the work
 * is in tables that pass between keeper and coordinators.
 */
export function dispatcherTree<P>(
  options: DispatcherOptions,
  workers: Workers<P> | undefined,
  chance: () => number,
): SupervisorOptions {
  const { name, coordinators = 1, maxRestarts, maxSeconds } = options
  const limits = limitsOf(options, chance)
  checkCount('coordinators', coordinators)
  if (workers) checkCount('concurrency', workers.concurrency)
  const indexes = Array.from({ length: coordinators }, (_, index) => index)
  const names = indexes.map((index) => namesOf.coordinator(name, index))
  const thresholds = { ...DEFAULT_THRESHOLDS, ...options.mailbox }
  return {
    strategy: 'one_for_one',
    maxRestarts,
    maxSeconds,
    children: [
      Keeper.child(names, { name: namesOf.keeper(name) }),
      ...indexes.map((index) => coordinator(name, index, limits)),
      MailboxMonitor.child({ processes: names, thresholds }, { name: namesOf.monitor(name) }),
      ...(workers ? indexes.map((index) => workerGroup(name, index, workers)) : []),
    ],
  }
}

function coordinator(dispatcher: string, index: number, limits: CoordinatorLimits): ChildSpec {
  const name = namesOf.coordinator(dispatcher, index)
  return Coordinator.child({ name, index, keeper: namesOf.keeper(dispatcher), limits }, { id: name, name })
}

/** Tasks never outlive the pool that counts them. */
function workerGroup<P>(dispatcher: string, index: number, workers: Workers<P>): ChildSpec {
  const { concurrency, run, drainMs = 30_000 } = workers
  const tasks = namesOf.tasks(dispatcher, index)
  const name = namesOf.pool(dispatcher, index)
  const at = (runtime: Parameters<typeof Coordinator.at>[1]) =>
    Coordinator.at(namesOf.coordinator(dispatcher, index), runtime)
  return Supervisor.child({
    id: name,
    strategy: 'one_for_all',
    children: [
      TaskSupervisor.child({ name: tasks, maxChildren: concurrency }),
      WorkerPool.child(
        {
          concurrency,
          tasks,
          drainMs,
          turn: (ctx) => takeTurn(at(ctx.runtime), run, ctx),
          stopWaiting: (holders, runtime) => at(runtime).cast.stopWaiting(holders),
        },
        { name, shutdown: drainMs + GRACE_MS },
      ),
    ],
  })
}
