import type { ProcessContext } from '../context.ts'
import type { Pid } from '../pid.ts'
import { RawProcess, startLinked } from '../raw-process.ts'
import { stopProcess } from '../supervisor/stop-process.ts'
import { launch, ownerProcess, ownTask, type TaskBody, type TaskOwner } from './owner.ts'
import { type Task as Handle, RunningTask, type TaskOutcome } from './running-task.ts'
import {
  type ItemHooks,
  type Items,
  type StreamOptions,
  type StreamOutcome,
  TaskStream,
} from './task-stream.ts'

/** Longest wait for a task, unless the call says otherwise. */
const AWAIT_MS = 5_000

/** How long, and for how many, `yieldMany` waits. */
export interface YieldManyOptions {
  readonly timeoutMs?: number
  /** So many outcomes are enough; all by default. */
  readonly limit?: number
  /** What happens to tasks that are not done by then; `nothing` by default. */
  readonly onTimeout?: 'nothing' | 'ignore' | 'kill_task'
}

/** A task and its result. */
export type Task<T> = Handle<T>

/**
 * Work beside a process, its result awaited once. A task is linked to its owner:
 * they crash together, unless the owner traps exits. For work that may fail
 * without its owner, see `TaskSupervisor.asyncNolink`.
 */
export const Task = {
  /** Starts `body` in a process of its own. */
  async<T>(owner: TaskOwner, body: TaskBody<T>): Task<T> {
    const process = ownerProcess(owner)
    return launch(process, process, body, true)
  },

  /** Work nobody waits for, linked to `owner`: they crash together. */
  startLink(owner: TaskOwner, body: TaskBody<unknown>): Pid {
    const process = ownerProcess(owner)
    return startLinked(process, body, body.name || 'task', (task) => task.worksFor(process)).pid
  },

  /** Work nobody waits for, and whose crash concerns nobody. */
  start(owner: TaskOwner, body: TaskBody<unknown>): Pid {
    const starter = ownerProcess(owner)
    const module = body.name || 'task'
    const process = new RawProcess({ host: starter.host, starter, linked: false, module }, body)
    process.worksFor(starter)
    starter.host.started(process)
    return process.pid
  },

  /** A task that is done already: for places where a task is wanted and the result is known. */
  completed<T>(owner: TaskOwner, value: T): Task<T> {
    const starter = ownerProcess(owner)
    const process = new RawProcess({ host: starter.host, starter, linked: false, module: 'task' }, () => {})
    process.die('normal')
    const task = new RunningTask<T>(process, starter)
    task.outcome = { ok: true, value }
    return task
  },

  /** Lets the task work on, unlinked, and forgets it; gives the outcome if it is there. */
  ignore<T>(task: Task<T>): TaskOutcome<T> | undefined {
    return ownTask(task).ignore()
  },

  /** The result; rejects with `CallError` when the task ends without one or is too slow. It then works on. */
  async await<T>(task: Task<T>, timeoutMs: number = AWAIT_MS): Promise<T> {
    const own = ownTask(task)
    const outcome = await own.wait(timeoutMs)
    if (!outcome) own.giveUp()
    return own.valueOf(outcome, timeoutMs)
  },

  /** The outcome if it is there within `timeoutMs`, else undefined; may be asked again. */
  yield<T>(task: Task<T>, timeoutMs: number = AWAIT_MS): Promise<TaskOutcome<T> | undefined> {
    return ownTask(task).wait(timeoutMs)
  },

  /** Ends the task; what it had to say before, or undefined when it was cut off. */
  async shutdown<T>(
    task: Task<T>,
    timeoutMs: number | 'brutal_kill' = AWAIT_MS,
  ): Promise<TaskOutcome<T> | undefined> {
    const own = ownTask(task)
    const waiting = own.wait(Number.POSITIVE_INFINITY)
    await stopProcess(own.ownerProcess, task.pid, timeoutMs)
    const outcome = await waiting
    const cutOff = outcome?.ok === false && (outcome.exit === 'shutdown' || outcome.exit === 'killed')
    return cutOff ? undefined : outcome
  },

  /** All results in order, within one deadline; the first failure fails all. */
  async awaitMany<T>(tasks: readonly Task<T>[], timeoutMs: number = AWAIT_MS): Promise<readonly T[]> {
    return Promise.all(tasks.map((task) => Task.await(task, timeoutMs)))
  },

  /** What is there within one deadline, or as soon as `limit` tasks are done; in order. */
  async yieldMany<T>(
    tasks: readonly Task<T>[],
    options: number | YieldManyOptions = {},
  ): Promise<readonly (TaskOutcome<T> | undefined)[]> {
    const {
      timeoutMs = AWAIT_MS,
      limit = tasks.length,
      onTimeout = 'nothing',
    } = typeof options === 'number' ? { timeoutMs: options } : options
    const outcomes = await waitForSome(tasks.map(ownTask), timeoutMs, limit)
    return Promise.all(
      outcomes.map(async (outcome, index) => outcome ?? (await late(tasks[index] as Task<T>, onTimeout))),
    )
  },

  /**
   * Runs `body` for each item, at most `maxConcurrency` at once, and gives the
   * outcomes. The next item is asked for only when somebody asks for more. Tasks
   * are linked to the owner: one that crashes takes it down unless it traps exits.
   */
  asyncStream<I, R>(
    owner: TaskOwner,
    items: Items<I>,
    body: (item: I, ctx: ProcessContext) => R | PromiseLike<R>,
    options?: StreamOptions,
  ): AsyncGenerator<StreamOutcome<I, R>, void, undefined> {
    const process = ownerProcess(owner)
    const start = (item: I, { begin, done }: ItemHooks<R>): void => {
      const run = async (ctx: ProcessContext): Promise<void> => done(await body(item, ctx))
      startLinked(process, run, body.name || 'task', (task) => {
        task.worksFor(process)
        begin(task)
      })
    }
    return new TaskStream(process, items, start, options).run()
  },
} as const

/** Waits for all at once; those still at work when enough are done are asked no longer. */
function waitForSome<T>(
  tasks: readonly RunningTask<T>[],
  timeoutMs: number,
  limit: number,
): Promise<readonly (TaskOutcome<T> | undefined)[]> {
  let done = 0
  const stopAtLimit = (outcome: TaskOutcome<T> | undefined): TaskOutcome<T> | undefined => {
    if (outcome && ++done === limit) for (const task of tasks) task.stopWaiting()
    return outcome
  }
  return Promise.all(tasks.map(async (task) => stopAtLimit(await task.wait(timeoutMs))))
}

async function late<T>(
  task: Task<T>,
  onTimeout: NonNullable<YieldManyOptions['onTimeout']>,
): Promise<TaskOutcome<T> | undefined> {
  if (onTimeout === 'kill_task') return await Task.shutdown(task, 'brutal_kill')
  return onTimeout === 'ignore' ? Task.ignore(task) : undefined
}
