import {
  after,
  type Context,
  continueWith,
  type Down,
  defineServer,
  type MonitorRef,
  noreply,
  type Pid,
  type ProcessContext,
  type Runtime,
  reply,
  Task,
  type TaskDone,
  TaskSupervisor,
} from '../otp/index.ts'
import { PAUSE_MS, type Turn } from './worker.ts'

/** What a worker pool is made of. */
export interface WorkerPoolOptions {
  /** Most tasks at once. */
  readonly concurrency: number
  /** The name of their supervisor. */
  readonly tasks: string
  readonly turn: (ctx: ProcessContext) => Promise<Turn>
  /** Ends the waiting of those tasks that have nothing to do. */
  readonly stopWaiting: (holders: readonly Pid[], runtime: Runtime) => void
  /** How long an orderly end waits for batches in hands. */
  readonly drainMs: number
}

interface State {
  readonly options: WorkerPoolOptions
  readonly running: Map<MonitorRef, Task<Turn>>
  /** No task begins another turn. */
  closed: boolean
  /** Nobody answered a task; the next one waits a little. */
  unavailable: boolean
}

/**
 * Keeps so many tasks taking and doing batches, each batch in a task of its own.
 *
 * Owns nothing but the list of its tasks. A task that crashes gives its batch
 * back and is replaced. When this process crashes its tasks are ended with it,
 * and the coordinator gives their batches to the next ones.
 */
export const WorkerPool = defineServer({
  name: 'dispatch.worker_pool',
  init: (options: WorkerPoolOptions, ctx: Context): State => {
    ctx.trapExit(true)
    return { options, running: new Map(), closed: false, unavailable: false }
  },
  start: () => continueWith('fill'),
  continues: {
    async fill(state, _argument: undefined, ctx) {
      const { concurrency, tasks } = state.options
      while (!state.closed && state.running.size < concurrency) {
        const task = await TaskSupervisor.asyncNolink(ctx, tasks, (own) => turn(state, own))
        state.running.set(task.ref, task)
      }
      return noreply(state)
    },
  },
  calls: {
    running: (state) => reply(state.running.size, state),
  },
  info: {
    TASK(state, { value }: TaskDone) {
      state.closed ||= value === 'closed'
      state.unavailable ||= value === 'unavailable'
      return noreply(state)
    },
    DOWN(state, { ref }: Down) {
      state.running.delete(ref)
      const pause = state.unavailable
      state.unavailable = false
      return noreply(state, pause ? after(PAUSE_MS, 'refill') : continueWith('fill'))
    },
    refill: (state) => noreply(state, continueWith('fill')),
  },
  /** What is in hands is finished; what only waits goes home. */
  async terminate(_reason, state, { runtime }) {
    state.closed = true
    const { options, running } = state
    const tasks = [...running.values()]
    options.stopWaiting(
      tasks.map(({ pid }) => pid),
      runtime,
    )
    await Task.yieldMany(tasks, options.drainMs)
  },
})

async function turn(state: State, ctx: ProcessContext): Promise<Turn> {
  return state.closed ? 'closed' : state.options.turn(ctx)
}
