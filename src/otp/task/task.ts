import { stopProcess } from '../supervisor/stop-process.ts'
import { launch, ownerProcess, ownTask, type TaskBody, type TaskOwner } from './owner.ts'
import type { Task as Handle, TaskOutcome } from './running-task.ts'

/** Longest wait for a task, unless the call says otherwise. */
const AWAIT_MS = 5_000

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

  /** The result; rejects with `CallError` when the task ends without one or is too slow. It then works on. */
  async await<T>(task: Task<T>, timeoutMs: number = AWAIT_MS): Promise<T> {
    const own = ownTask(task)
    return own.valueOf(await own.wait(timeoutMs), timeoutMs)
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

  /** What is there within one deadline, in order. */
  yieldMany<T>(
    tasks: readonly Task<T>[],
    timeoutMs: number = AWAIT_MS,
  ): Promise<readonly (TaskOutcome<T> | undefined)[]> {
    return Promise.all(tasks.map((task) => Task.yield(task, timeoutMs)))
  },
} as const
