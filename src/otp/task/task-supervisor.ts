import { Problem, type Result } from '../../kernel/index.ts'
import type { Dest, Name, ProcessBody, ProcessContext, Runtime } from '../context.ts'
import type { Pid } from '../pid.ts'
import { type Process, processOf } from '../process.ts'
import { startLinked } from '../raw-process.ts'
import type { StartOptions } from '../server/definition.ts'
import { link } from '../signals.ts'
import type { ChildOptions, ChildPlace, ChildSpec, Restart, StartOutcome } from '../supervisor/child-spec.ts'
import type { DynamicOptions } from '../supervisor/dynamic-children.ts'
import { DynamicSupervisor, type DynamicSupervisorRef } from '../supervisor/dynamic-supervisor.ts'
import type { StartChildResult } from '../supervisor/start-child.ts'
import { hostOfOwner, launch, ownerProcess, type TaskBody, type TaskOwner } from './owner.ts'
import type { Task } from './task.ts'
import {
  type ItemHooks,
  type Items,
  type StreamOptions,
  type StreamOutcome,
  TaskStream,
} from './task-stream.ts'

/** A dynamic supervisor whose children are tasks. */
export const TaskSupervisor = {
  startLink(
    options: DynamicOptions & { readonly name?: Name | undefined } = {},
    start: StartOptions = {},
  ): Promise<DynamicSupervisorRef> {
    return DynamicSupervisor.startLink(options, start)
  },

  child(options: DynamicOptions & ChildOptions = {}): ChildSpec {
    return DynamicSupervisor.child({ ...options, id: options.id ?? 'task_supervisor' })
  },

  /** A task linked to its owner; rejects with a `Problem` when the supervisor is full. */
  async: startTask(true),

  /**
   * A task whose crash does not touch its owner. Not awaited, its result arrives
   * as `TASK` and its end as `DOWN`: what a server wants.
   */
  asyncNolink: startTask(false),

  /** `Task.asyncStream` with tasks under the supervisor, linked to the owner. */
  asyncStream: streamTasks(true),

  /** The same, but a task that crashes is only an outcome. */
  asyncStreamNolink: streamTasks(false),

  /** The pids of the tasks at work. */
  async children(supervisor: Dest, runtime?: Runtime): Promise<readonly Pid[]> {
    const children = await DynamicSupervisor.whichChildren(supervisor, runtime)
    return children.flatMap(({ pid }) => (typeof pid === 'object' ? pid : []))
  },

  terminateChild(supervisor: Dest, pid: Pid, runtime?: Runtime): Promise<Result<void, 'not_found'>> {
    return DynamicSupervisor.terminateChild(supervisor, pid, runtime)
  },

  /** Work nobody waits for; `temporary` by default, and the only kind that may be restarted. */
  startChild(
    supervisor: Dest,
    body: ProcessBody,
    options: { readonly restart?: Restart; readonly runtime?: Runtime } = {},
  ): Promise<StartChildResult> {
    const { restart = 'temporary', runtime } = options
    return DynamicSupervisor.startChild(
      supervisor,
      taskSpec(restart, (place) => runTask(place, body)),
      runtime,
    )
  },
} as const

function startTask(linkOwner: boolean) {
  return async <T>(owner: TaskOwner, supervisor: Dest, body: TaskBody<T>): Promise<Task<T>> =>
    startUnder(owner, supervisor, (process, starter) => launch(process, starter, body, linkOwner))
}

/** The items' processes are children of the supervisor, and end with the owner's stream. */
function streamTasks(linkOwner: boolean) {
  return <I, R>(
    owner: TaskOwner,
    supervisor: Dest,
    items: Items<I>,
    body: (item: I, ctx: ProcessContext) => R | PromiseLike<R>,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamOutcome<I, R>, void, undefined> => {
    const start = (item: I, { begin, done }: ItemHooks<R>): Promise<Process> => {
      const run = async (ctx: ProcessContext): Promise<void> => done(await body(item, ctx))
      return startUnder(owner, supervisor, (process, starter) =>
        startLinked(starter, run, body.name || 'task', (task) => {
          task.worksFor(process)
          if (linkOwner) link(task, process.pid)
          begin(task)
        }),
      )
    }
    return new TaskStream(ownerProcess(owner), items, start, options).run()
  }
}

/** Starts a temporary child that works for `owner`; rejects with a `Problem` when the supervisor is full. */
async function startUnder<P extends { readonly pid: Pid }>(
  owner: TaskOwner,
  supervisor: Dest,
  begin: (owner: Process, starter: Process) => P,
): Promise<P> {
  const process = ownerProcess(owner)
  let task: P | undefined
  const spec = taskSpec('temporary', ({ parent }) => {
    const starter = processOf(parent)
    if (!starter || !process.alive) return { status: 'failed', reason: 'noproc' }
    task = begin(process, starter)
    return { status: 'started', pid: task.pid }
  })
  const started = await DynamicSupervisor.startChild(supervisor, spec, hostOfOwner(owner))
  if (started.ok && task) return task
  const problem = started.ok ? 'start_failed' : started.reason
  throw new Problem(problem, `the task was not started: ${problem}`, { wayOut: 'raise maxChildren, or wait' })
}

function taskSpec(restart: Restart, start: (place: ChildPlace) => StartOutcome): ChildSpec {
  const run = async (place: ChildPlace): Promise<StartOutcome> => start(place)
  return { id: 'task', start: run, restart, shutdown: 5_000, type: 'worker', significant: false }
}

function runTask({ parent }: ChildPlace, body: ProcessBody): StartOutcome {
  const starter = processOf(parent)
  if (!starter) return { status: 'failed', reason: 'noproc' }
  return { status: 'started', pid: startLinked(starter, body, body.name || 'task').pid }
}
