import { inspect } from 'node:util'
import type { Clock } from '../kernel/index.ts'
import type { From, ProcessInfo, Runtime } from './context.ts'
import { type ExitReason, ProcessExited } from './exit.ts'
import { type Few, listItems, withItem } from './few.ts'
import type { Pid } from './pid.ts'
import type { CrashReport } from './report.ts'
import { Ring } from './ring.ts'
import type { Runnable, Scheduler } from './scheduler.ts'
import type { ThreadMemory } from './thread/thread-options.ts'
import type { TimerWheel, WheelEntry } from './timer-wheel.ts'
import { takeWatchers, type Watched, type Watcher } from './watcher.ts'

/** What a process needs of the runtime it lives in. */
export interface Host {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Deadlines that somebody waits for: they keep Node alive. */
  readonly deadlines: TimerWheel
  /** Timers that do not keep Node alive. */
  readonly background: TimerWheel
  readonly names: Map<string, Process>
  readonly rootProcess: Process
  /** Whether the running process is known after an `await`. */
  readonly tracksAcrossAwaits: boolean
  /** Whether messages are frozen on their way. */
  readonly freezesMessages: boolean
  /** First number of the ids of its pids: 0, or in a thread the serial of the process that stands for it. */
  readonly node: number
  /** In a thread: who holds `name` outside of it. */
  readonly outside?: ((name: string) => Process) | undefined
  /** Chance, from 0 up to 1: jitter of restarts. */
  readonly random: () => number
  /** A serial number, never given twice. */
  adopt(): number
  /** The living process with that serial number. */
  find(serial: number): Process | undefined
  /** Shows a new process to the world and lets it run. */
  started(process: Process): void
  end(process: Process, reason: ExitReason): void
  report(process: Process, report: ReportDetails): void
}

/** A report before the runtime adds whom it is about. */
export type ReportDetails = Pick<CrashReport, 'kind' | 'reason'> & Partial<CrashReport>

/** A pid that finds its process, as long as that lives. */
export class ProcessId implements Pid {
  readonly serial: number
  readonly #host: Host
  #process: Process | undefined

  constructor(serial: number, process: Process) {
    this.serial = serial
    this.#host = process.host
    this.#process = process
  }

  get id(): string {
    return `<${this.#host.node}.${this.serial}.0>`
  }

  get host(): Host {
    return this.#host
  }

  /** Undefined once it has ended: a pid keeps nothing alive. */
  get process(): Process | undefined {
    return this.#process
  }

  forgetProcess(): void {
    this.#process = undefined
  }

  toString(): string {
    return this.id
  }

  toJSON(): string {
    return this.id
  }

  [inspect.custom](): string {
    return this.id
  }
}

/** How a process begins its life. */
export interface Birth {
  readonly host: Host
  /** Who started it; only the root has no starter. */
  readonly starter: Process | undefined
  /** Whether it is linked to its starter, which then is its parent. */
  readonly linked: boolean
  /** What it runs, for trees and reports. */
  readonly module: string
}

/**
 * One run of a process's code: a handler, `init`, the body of a function. What it
 * leaves behind (a socket, a timer) carries its context for ever, but acts in
 * nobody's name once the run is over.
 */
export interface Run {
  readonly process: Process
  over: boolean
}

/** A chain of starters, shared by all that come from it. */
interface Lineage {
  readonly pid: Pid
  readonly older: Lineage | undefined
}

/** One process: identity, mailbox, links, monitors. What it does with messages is up to the subclass. */
export abstract class Process implements Runnable, Watched {
  readonly pid: ProcessId
  readonly host: Host
  readonly module: string
  private readonly starters: Lineage | undefined
  readonly startedAtMs: number
  /** The linked starter: its exit ends a server in an orderly way. */
  readonly parent: ProcessId | undefined
  name: string | undefined
  alive = true
  trapping = false
  /** An asynchronous handler is at work; the mailbox waits. */
  busy = false
  handled = 0
  /** The handler at work, where it is tracked across awaits. */
  run: Run | undefined
  links: Few<Process>
  /** Monitors that this process holds on others. */
  monitors: Few<Watcher & { readonly watched: Pid | undefined; stop(): void }>
  /** Messages that timers hold for this process. */
  timers: Few<WheelEntry>
  readonly mailbox = new Ring<unknown>()
  /** Whom the end of this process concerns: monitors on it, calls to it. */
  watchers: Watcher | undefined
  private scheduled = false
  private lineage: Lineage | undefined
  private abort: AbortController | undefined
  private reason: ExitReason = 'normal'

  constructor({ host, starter, linked, module }: Birth) {
    this.host = host
    this.module = module
    this.pid = new ProcessId(host.adopt(), this)
    this.parent = linked ? starter?.pid : undefined
    this.starters = starter?.childLineage()
    this.startedAtMs = host.clock.nowMs()
  }

  /** Works off a slice of the mailbox; true when more is waiting. */
  protected abstract work(): boolean

  /** Called once, after names are free and before anybody hears of the end. */
  protected ended(_reason: ExitReason): void {}

  /** The chain of starters, nearest first. */
  get ancestors(): readonly Pid[] {
    const pids: Pid[] = []
    for (let line = this.starters; line; line = line.older) pids.push(line.pid)
    return pids
  }

  /** Messages that wait, without the one in hand. */
  get waiting(): number {
    return this.mailbox.length
  }

  get behaviour(): ProcessInfo['behaviour'] {
    return 'function'
  }

  /** Memory of its own; known of threads only. */
  get memory(): ThreadMemory | undefined {
    return undefined
  }

  /** What it is at; only a suspended server is neither waiting nor running. */
  get status(): ProcessInfo['status'] {
    return this.busy || this.scheduled ? 'running' : 'waiting'
  }

  /** Who asked for this work, nearest first: the owner of a task, and whose task that was. */
  get callers(): readonly Pid[] {
    return []
  }

  /** Who waits for the answer to the message in hand. */
  get client(): From | undefined {
    return undefined
  }

  /** Whether its name is a local one: a `via` name is kept elsewhere. */
  get isRegistered(): boolean {
    return this.name !== undefined && this.host.names.get(this.name) === this
  }

  runSlice(): boolean {
    const more = this.alive && this.work()
    if (!more) this.scheduled = false
    return more
  }

  /** Takes what others send; a process may refuse, or hold it elsewhere. */
  deliver(message: unknown): void {
    this.enqueue(message)
  }

  /** Takes what nothing may keep out: the process's own timers. */
  enqueue(message: unknown): void {
    if (!this.alive) return
    this.mailbox.push(message)
    if (!this.busy) this.wake()
  }

  /** The end that nobody can trap. */
  kill(): void {
    this.host.end(this, 'killed')
  }

  setTrapping(trapping: boolean): void {
    this.trapping = trapping
  }

  addLink(peer: Process): void {
    this.links = withItem(this.links, peer)
  }

  /** Puts the process into the ready queue, at most once. */
  wake(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.host.scheduler.schedule(this)
  }

  /** Throws for a ghost: code of a process that has ended. */
  mustLive(): void {
    if (!this.alive) throw new ProcessExited(this.pid.id, this.reason)
  }

  /** Aborted at the end of the process; made when first asked for, as it costs 2 µs. */
  get signal(): AbortSignal {
    this.abort ??= new AbortController()
    if (!this.alive) this.abort.abort(new ProcessExited(this.pid.id, this.reason))
    return this.abort.signal
  }

  /** Ends the logical life at once; returns who must hear of it, oldest first. */
  die(reason: ExitReason): readonly Watcher[] {
    this.alive = false
    this.reason = reason
    this.pid.forgetProcess()
    if (this.isRegistered) this.host.names.delete(this.name ?? '')
    const waiting = takeWatchers(this)
    this.mailbox.clear()
    this.dropTimers()
    return waiting
  }

  private dropTimers(): void {
    if (this.timers === undefined) return
    for (const timer of listItems(this.timers)) this.host.background.remove(timer)
    this.timers = undefined
    this.host.background.rest()
  }

  /** Tells the process's own code, which may still be waiting for something. */
  mourn(): void {
    this.abort?.abort(new ProcessExited(this.pid.id, this.reason))
    this.ended(this.reason)
  }

  childLineage(): Lineage {
    this.lineage ??= { pid: this.pid, older: this.starters }
    return this.lineage
  }
}

/** The living process behind a pid. */
export function processOf(pid: Pid): Process | undefined {
  return (pid as ProcessId).process
}

/** The inside of a runtime: whoever made one made both. */
export function hostOf(runtime: Runtime): Host {
  return runtime as Runtime & Host
}
