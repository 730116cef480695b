import { randomInt } from 'node:crypto'
import { type Clock, emit, hasListeners, Problem, systemClock } from '../kernel/index.ts'
import type { Dest, ProcessBody, ProcessInfo, Runtime, SpawnOptions } from './context.ts'
import { resume, runningIn, trackAcrossAwaits } from './current.ts'
import { sendMessage } from './destination.ts'
import { type ExitReason, isClean } from './exit.ts'
import { listItems } from './few.ts'
import { monitorsBy, monitorsOn, whenDown } from './monitor.ts'
import { LongSchedule, ProcessStarted, ProcessStopped } from './otp.events.ts'
import type { ExitSignal, Pid } from './pid.ts'
import { type Host, type Process, type ProcessId, processOf, type ReportDetails } from './process.ts'
import { RawProcess } from './raw-process.ts'
import { type ReportLogger, warnOnStderr } from './report.ts'
import { RootProcess } from './root-process.ts'
import { Scheduler } from './scheduler.ts'
import { link, Signals, signalExit } from './signals.ts'
import { TimerWheel } from './timer-wheel.ts'

/** How a runtime is made. */
export interface RuntimeOptions {
  /** Drives every timer, deadline and restart window; the system's by default. */
  readonly clock?: Clock | undefined
  /** Receives crash reports; warnings of Node on standard error by default. */
  readonly logger?: ReportLogger | undefined
  /** Chance, from 0 up to 1, for the jitter of restarts. */
  readonly random?: (() => number) | undefined
  /**
   * Whether the running process is known after an `await`: for `self()`, for
   * calls to oneself, for whose child a start is. `auto` (by default) does so from
   * Node 24 on; below, every `await` in the program would cost three times as much.
   */
  readonly asyncContext?: 'auto' | boolean | undefined
  /** Freezes messages and answers all the way down: finds who changes what is not his. For tests; off by default. */
  readonly freezeMessages?: boolean | undefined
  /** A slice that takes longer is told as `otp.scheduler.long_schedule`; 50 by default. */
  readonly longScheduleMs?: number | undefined
  /** What follows an unclean exit that reaches the root; it is reported in any case. `ignore` by default. */
  readonly onRootExit?: 'ignore' | 'stop' | ((pid: Pid, reason: ExitReason) => void) | undefined
}

/** How the runtime of a thread differs. */
type Inside = Pick<Host, 'node' | 'outside'>

/** The inside of a runtime: everything that its processes share. */
export class Machine implements Runtime, Host {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly deadlines: TimerWheel
  readonly background: TimerWheel
  readonly names = new Map<string, Process>()
  readonly rootProcess: Process
  readonly random: () => number
  readonly node: number
  readonly outside: Host['outside']
  readonly tracksAcrossAwaits: boolean
  readonly freezesMessages: boolean
  readonly failed: Promise<ExitReason>
  private readonly options: RuntimeOptions
  private readonly living = new Map<number, Process>()
  private readonly signals = new Signals((process, reason) => this.buried(process, reason))
  private serial = 0
  private fail: (reason: ExitReason) => void = () => {}

  constructor(options: RuntimeOptions, inside: Inside = { node: 0 }) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? chance
    this.node = inside.node
    this.outside = inside.outside
    this.freezesMessages = options.freezeMessages ?? false
    this.tracksAcrossAwaits = tracks(options.asyncContext ?? 'auto')
    if (this.tracksAcrossAwaits) trackAcrossAwaits()
    this.deadlines = new TimerWheel(this.clock, false)
    this.background = new TimerWheel(this.clock, true)
    this.scheduler = new Scheduler(this.clock, {
      turnEnded: () => {
        this.deadlines.rest()
        this.background.rest()
      },
      nobodyRuns: () => resume(undefined),
      watchesSlices: () => hasListeners(LongSchedule),
      sliceRan: (process, tookMs) => this.sliceRan(process as Process, tookMs),
    })
    this.failed = new Promise((resolve) => {
      this.fail = resolve
    })
    this.rootProcess = new RootProcess(this, (exit) => this.rootExit(exit))
  }

  get root(): ProcessId {
    return this.rootProcess.pid
  }

  spawn(body: ProcessBody, options: SpawnOptions = {}): Pid {
    const parent = options.link && processOf(options.link)
    const module = options.module ?? (body.name || 'process')
    const starter = parent ?? runningIn(this) ?? this.rootProcess
    starter.mustLive()
    const process = new RawProcess({ host: this, starter, linked: parent !== undefined, module }, body)
    if (options.name !== undefined) this.register(options.name, process.pid)
    if (options.link) link(process, options.link as ProcessId)
    this.started(process)
    return process.pid
  }

  register(name: string, pid: Pid): void {
    const process = processOf(pid)
    const problem = this.registrationProblem(name, process)
    if (problem || !process) {
      throw new Problem('bad_registration', problem ?? name, { field: 'name', wayOut: 'choose a free name' })
    }
    process.name = name
    this.names.set(name, process)
  }

  unregister(name: string): void {
    const process = this.names.get(name)
    if (process) process.name = undefined
    this.names.delete(name)
  }

  whereis(name: string): Pid | undefined {
    return this.names.get(name)?.pid
  }

  send(to: Dest, message: unknown): void {
    sendMessage(this, to, message)
  }

  exit(pid: Pid, reason: ExitReason): void {
    const target = processOf(pid)
    if (target) signalExit(target, this.root, reason, 'exit')
  }

  isAlive(pid: Pid): boolean {
    return processOf(pid) !== undefined
  }

  processInfo(pid: Pid): ProcessInfo | undefined {
    const process = processOf(pid)
    return process && describe(process)
  }

  processes(): readonly Pid[] {
    return [...this.living.values()].map(({ pid }) => pid)
  }

  /** What the root is linked to ends in reverse order, each after the other; the rest is killed. */
  async stop(): Promise<void> {
    for (const process of listItems(this.rootProcess.links).toReversed()) {
      if (!process.alive) continue
      const down = whenDown(process)
      signalExit(process, this.root, 'shutdown', 'exit')
      await down
    }
    for (const process of this.living.values()) this.end(process, 'killed')
    this.deadlines.rest()
    this.background.rest()
  }

  adopt(): number {
    return this.serial++
  }

  find(serial: number): Process | undefined {
    return this.living.get(serial)
  }

  started(process: Process): void {
    if (!process.alive) return
    this.living.set(process.pid.serial, process)
    if (hasListeners(ProcessStarted)) emit(ProcessStarted, about(process))
    process.wake()
  }

  end(process: Process, reason: ExitReason): void {
    this.signals.end(process, reason)
  }

  report(process: Process, details: ReportDetails): void {
    const { logger = warnOnStderr } = this.options
    try {
      logger({ level: 'error', ...about(process), ancestors: process.ancestors, ...details })
    } catch {
      // A logger that fails must not bring down what it reports about.
    }
  }

  private registrationProblem(name: string, process: Process | undefined): string | undefined {
    if (!process) return `"${name}" cannot name a process that has exited`
    if (this.names.has(name)) return `the name "${name}" is taken by ${this.names.get(name)?.pid.id}`
    return process.isRegistered ? `the process is already registered as "${process.name}"` : undefined
  }

  private buried(process: Process, reason: ExitReason): void {
    const { serial } = process.pid
    if (this.living.get(serial) === process) this.living.delete(serial)
    if (hasListeners(ProcessStopped)) emit(ProcessStopped, { ...about(process), reason })
  }

  private sliceRan(process: Process, tookMs: number): void {
    if (tookMs >= (this.options.longScheduleMs ?? 50)) emit(LongSchedule, { ...about(process), tookMs })
  }

  private rootExit({ from, reason }: ExitSignal): void {
    if (isClean(reason)) return
    this.report(this.rootProcess, { kind: 'root_exit', reason, child: from.id })
    this.fail(reason)
    const { onRootExit = 'ignore' } = this.options
    if (onRootExit === 'stop') void this.stop()
    else if (onRootExit !== 'ignore') onRootExit(from, reason)
  }
}

function about(process: Process): { pid: Pid; name: string | undefined; module: string } {
  return { pid: process.pid, name: process.name, module: process.module }
}

function describe(process: Process): ProcessInfo {
  return {
    ...about(process),
    messageQueueLength: process.waiting,
    handled: process.handled,
    behaviour: process.behaviour,
    status: process.status,
    links: listItems(process.links).map(({ pid }) => pid),
    monitors: monitorsBy(process),
    monitoredBy: monitorsOn(process),
    trapExit: process.trapping,
    startedAtMs: process.startedAtMs,
    memory: process.memory,
    ancestors: process.ancestors,
  }
}

function chance(): number {
  return randomInt(2 ** 32) / 2 ** 32
}

/** From Node 24 on the engine itself carries contexts over an `await`, for free. */
const CHEAP_SINCE = 24

function tracks(option: 'auto' | boolean): boolean {
  if (option !== 'auto') return option
  return Number.parseInt(process.versions.node, 10) >= CHEAP_SINCE
}
