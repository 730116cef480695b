import { inspect } from 'node:util'
import type { Name, Runtime } from '../context.ts'
import { currentProcess, runningIn } from '../current.ts'
import { type ExitReason, formatExit } from '../exit.ts'
import { checkedMs } from '../milliseconds.ts'
import type { Pid } from '../pid.ts'
import { type Birth, type Host, hostOf, type Process, processOf } from '../process.ts'
import { defaultRuntime } from '../runtime.ts'
import { link, unlink } from '../signals.ts'
import type { ChildPlace, StartOutcome } from '../supervisor/child-spec.ts'
import { ThreadProcess } from '../thread/thread-process.ts'
import { Deadline } from '../timer-wheel.ts'
import { BoundedProcess } from './bounded-process.ts'
import type { Callbacks } from './callbacks.ts'
import type { StartOptions } from './definition.ts'
import { ServerProcess } from './server-process.ts'
import type { Start, StartingProcess } from './starting-process.ts'

/** Why a start failed; `already_started` carries the pid of the holder of the name. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly kind: 'ignored' | 'already_started' | 'timeout' | 'failed'
  readonly reason: ExitReason
  readonly pid: Pid | undefined

  constructor(module: string, outcome: Exclude<StartOutcome, { status: 'started' }>) {
    const reason = outcome.status === 'ignored' ? 'ignored' : outcome.reason
    super(`${module} did not start: ${formatExit(reason)}`, { cause: reason })
    this.reason = reason
    this.pid = reason instanceof AlreadyStarted ? reason.already_started : undefined
    this.kind = kindOf(reason)
  }
}

/** The reason of a start that lost the race for a name. */
export class AlreadyStarted {
  readonly already_started: Pid

  constructor(pid: Pid) {
    this.already_started = pid
  }

  [inspect.custom](): string {
    return `already started as ${this.already_started.id}`
  }
}

/** The runtime of a start that names none: the starter's, or the default one. */
export function runtimeFor(runtime: Runtime | undefined): Host {
  return runtime ? hostOf(runtime) : (currentProcess()?.host ?? hostOf(defaultRuntime()))
}

/** How a start is asked for: by users, and by supervisors, which add what a crash left. */
export type Placement = StartOptions & Pick<ChildPlace, 'estate'>

/** Makes the process that is to be started. */
export type Make = (birth: Birth, start: Start) => StartingProcess

/** Starts a server and tells how it went; rejects only for options that can never work. */
export function startServer(
  callbacks: Callbacks,
  args: unknown,
  options: Placement,
  linked: boolean,
): Promise<StartOutcome> {
  const { thread } = options
  const { name, mailbox } = callbacks
  const make: Make = (birth, start) => {
    if (thread) return new ThreadProcess(birth, callbacks, start, thread)
    if (mailbox) return new BoundedProcess(birth, callbacks, start, mailbox)
    return new ServerProcess(birth, callbacks, start)
  }
  return launch(make, name, args, options, linked)
}

/** Brings a process into its place in the world: starter, name, links, time limit. */
export function launch(
  make: Make,
  module: string,
  args: unknown,
  options: Placement,
  linked: boolean,
): Promise<StartOutcome> {
  const host = runtimeFor(options.runtime)
  const starter = starterFor(host, options.parent)
  if (!starter) return Promise.resolve({ status: 'failed', reason: 'noproc' })
  const holder = typeof options.name === 'string' ? host.names.get(options.name) : undefined
  if (holder) return Promise.resolve(taken(holder.pid))
  return new Promise((done) => {
    const process = make({ host, starter, linked, module }, { args, done, estate: options.estate })
    const holderOfVia = claim(process, options.name)
    if (holderOfVia) return abandon(process, starter, taken(holderOfVia))
    if (linked) link(process, starter.pid)
    if (options.timeoutMs !== undefined) limitStart(process, starter, options.timeoutMs)
    host.started(process)
  })
}

/** Ends a start that takes too long; once started, the deadline finds nothing to do. */
function limitStart(process: StartingProcess, starter: Process, timeoutMs: number): void {
  if (checkedMs('timeoutMs', timeoutMs, 'endless') === Number.POSITIVE_INFINITY) return
  const { deadlines } = process.host
  const deadline = new Deadline(() => abandon(process, starter, { status: 'failed', reason: 'timeout' }))
  deadlines.add(deadline, timeoutMs)
  process.whenStarted(() => deadlines.remove(deadline))
}

/** Gives up a half-started process: unlinked first, so that nobody gets an exit. */
function abandon(process: StartingProcess, starter: Process, outcome: StartOutcome): void {
  unlink(process, starter)
  process.settleStart(outcome)
  process.host.end(process, 'killed')
}

/** A parent that has ended starts nothing any more. */
function starterFor(host: Host, parent: Pid | undefined): Process | undefined {
  if (parent) return processOf(parent)
  const running = runningIn(host) ?? host.rootProcess
  return running.alive ? running : undefined
}

/** Gives the process its name before it runs; the holder, when a `via` name is taken. */
function claim(process: Process, name: Name | undefined): Pid | undefined {
  if (typeof name === 'object') {
    process.name = String(name)
    return name.claim(process.pid)
  }
  process.name = name
  if (name !== undefined) process.host.names.set(name, process)
  return undefined
}

function taken(pid: Pid): StartOutcome {
  return { status: 'failed', reason: new AlreadyStarted(pid) }
}

function kindOf(reason: ExitReason): StartError['kind'] {
  if (reason instanceof AlreadyStarted) return 'already_started'
  if (reason === 'ignored') return 'ignored'
  return reason === 'timeout' ? 'timeout' : 'failed'
}
