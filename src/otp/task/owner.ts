import { Problem } from '../../kernel/index.ts'
import type { Context, ProcessContext, Runtime } from '../context.ts'
import { currentProcess } from '../current.ts'
import { type Host, hostOf, type Process, processOf } from '../process.ts'
import { startLinked } from '../raw-process.ts'
import { link } from '../signals.ts'
import { RunningTask, type Task } from './running-task.ts'

/** Who owns a task: a process by its context, or, from outside of every process, the runtime. */
export type TaskOwner = Pick<Context, 'self' | 'runtime'> | Runtime

/** The work of a task; a promise is awaited, a throw is a crash. */
export type TaskBody<T> = (ctx: ProcessContext) => T | PromiseLike<T>

/** The process that owns; a ghost cannot own anything. */
export function ownerProcess(owner: TaskOwner): Process {
  const process = processOf('self' in owner ? owner.self : owner.root)
  if (process) return process
  throw new Problem('owner_exited', 'the owner of the task has exited', { field: 'owner' })
}

export function hostOfOwner(owner: TaskOwner): Host & Runtime {
  return hostOf('self' in owner ? owner.runtime : owner) as Host & Runtime
}

/** Starts a task in a process started by `starter`; the owner hears of it either way. */
export function launch<T>(
  owner: Process,
  starter: Process,
  body: TaskBody<T>,
  linkOwner: boolean,
): RunningTask<T> {
  const run = async (ctx: ProcessContext): Promise<void> => task.complete(await body(ctx))
  const process = startLinked(starter, run, body.name || 'task', (started) => {
    started.worksFor(owner)
    if (linkOwner) link(started, owner.pid)
  })
  const task = new RunningTask<T>(process, owner)
  return task
}

/** The inside of a task, for its owner only. */
export function ownTask<T>(task: Task<T>): RunningTask<T> {
  const own = task as RunningTask<T>
  const caller = currentProcess()
  if (!caller || caller === own.ownerProcess) return own
  throw new Problem('not_owner', `task ${task.pid.id} belongs to ${task.owner.id}, not to ${caller.pid.id}`, {
    field: 'task',
    wayOut: 'await it where it was started, and pass the result on',
  })
}
