import type { Clock, Timer } from '../kernel/index.ts'
import type { ExitReason } from './exit.ts'
import type { MonitorRef, Pid } from './pid.ts'
import type { ThreadMemory } from './thread/thread-options.ts'

/** Anything that finds a process anew at each use: a reference, a `via` name. */
export interface Findable {
  whereis(): Pid | undefined
  /** How it reads in errors. */
  toString(): string
}

/** Where a message may go: a pid, a registered name, a server reference or a `via` name. */
export type Dest = Pid | string | Findable

/** A name handed to `start`: local, or `Registry.via(...)`. */
export type Name = string | ViaName

/** A name kept by somebody else than the runtime. */
export interface ViaName extends Findable {
  /** Gives the name to `pid`; the pid of the holder when it is taken. */
  claim(pid: Pid): Pid | undefined
}

/** A pending `sendAfter`. */
export interface SendTimer extends Timer {
  /** The milliseconds that were left, or false when it fired or was cancelled before. */
  cancel(): number | false
}

/** What a process may do; every callback gets its own process's. Throws `ProcessExited` after its end. */
export interface Context {
  readonly self: Pid
  readonly name: string | undefined
  readonly runtime: Runtime
  /** Wall time of the runtime's clock, now. */
  readonly nowMs: number
  /** Aborted when the process ends: hand it to fetch, streams, timers. */
  readonly signal: AbortSignal
  /** Who started this process, nearest first. */
  readonly ancestors: readonly Pid[]
  /** In a task: who asked for it, nearest first, through all tasks in between. Else empty. */
  readonly callers: readonly Pid[]
  /** The caller to answer; keep it to answer later with `replyTo`. Throws outside of a call. */
  readonly from: From
  /** With true, exit signals arrive as `EXIT` messages. Returns what it was. */
  trapExit(trap: boolean): boolean
  /** Silent for a dead pid; throws for a name that nobody holds. */
  send(to: Dest, message: unknown): void
  /** Sends in `delayMs`; a name is looked up when the time has come, silently. */
  sendAfter(delayMs: number, to: Dest, message: unknown): SendTimer
  /** One `DOWN` per monitor will arrive, also for who is dead already (`noproc`). */
  monitor(target: Dest): MonitorRef
  /** With `flush`, a `DOWN` already in the mailbox is removed, too. */
  demonitor(ref: MonitorRef, options?: { readonly flush?: boolean }): void
  link(pid: Pid): void
  unlink(pid: Pid): void
  /** Sends an exit signal; to itself it ends this process on the spot. */
  exit(pid: Pid, reason: ExitReason): void
}

/** Options of `receive`. */
export interface ReceiveOptions {
  /** Longest wait; afterwards `receive` gives undefined. */
  readonly timeoutMs: number
}

/** The context of a spawned function or a task: it reads its mailbox itself. */
export interface ProcessContext extends Context {
  /** The oldest message that `matches`; the others keep their places. */
  receive<M>(matches: (message: unknown) => message is M): Promise<M>
  receive<M>(matches: (message: unknown) => message is M, options: ReceiveOptions): Promise<M | undefined>
  receive(matches?: (message: unknown) => boolean): Promise<unknown>
  receive(matches: ((message: unknown) => boolean) | undefined, options: ReceiveOptions): Promise<unknown>
}

/** The one who waits for a reply; may be kept, passed on, and answered once. */
export interface From<R = unknown> {
  /** Undefined when the call came from outside of every process. */
  readonly caller: Pid | undefined
  /** Only for the compiler: the type of the answer. */
  readonly answer?: R
}

/** A function run as a process: its return is the exit `normal`, its throw a crash. */
export type ProcessBody = (ctx: ProcessContext) => unknown

/** How `spawn` starts a process. */
export interface SpawnOptions {
  /** Links it to this process; without it, it is linked to nobody. */
  readonly link?: Pid | undefined
  /** Registers it under a local name before it runs. */
  readonly name?: string | undefined
  /** What it is, for reports and trees; the function's own name otherwise. */
  readonly module?: string | undefined
}

/** What is known about a living process. */
export interface ProcessInfo {
  readonly pid: Pid
  readonly name: string | undefined
  readonly module: string
  /** Waiting messages, without the one in hand. */
  readonly messageQueueLength: number
  /** Messages handled since the start. */
  readonly handled: number
  /** Only a `server` answers `sys`; to a function such a request is a message like any other. */
  readonly behaviour: 'server' | 'function'
  /** `running` while it has a message to handle; `suspended` by `sys.suspend`. */
  readonly status: 'waiting' | 'running' | 'suspended'
  readonly links: readonly Pid[]
  /** Whom it monitors, once for each monitor. */
  readonly monitors: readonly Pid[]
  /** Who monitors it, once for each monitor. */
  readonly monitoredBy: readonly Pid[]
  readonly trapExit: boolean
  readonly startedAtMs: number
  /** Of a server in a thread, as that last measured it; undefined for all others. */
  readonly memory: ThreadMemory | undefined
  readonly ancestors: readonly Pid[]
}

/** One world of processes on this thread, with its own names and clock. */
export interface Runtime {
  readonly clock: Clock
  /** Parent of everything that is started from outside of a process. */
  readonly root: Pid
  /** Resolves with the reason of the first unclean exit that reached the root. */
  readonly failed: Promise<ExitReason>
  spawn(body: ProcessBody, options?: SpawnOptions): Pid
  /** Throws a `Problem` when the name is taken or the process has one. */
  register(name: string, pid: Pid): void
  unregister(name: string): void
  whereis(name: string): Pid | undefined
  /** Silent for a dead pid; throws a `Problem` for a name that nobody holds. */
  send(to: Dest, message: unknown): void
  /** Sends an exit signal in the name of the root. */
  exit(pid: Pid, reason: ExitReason): void
  isAlive(pid: Pid): boolean
  processInfo(pid: Pid): ProcessInfo | undefined
  processes(): readonly Pid[]
  /** Ends what the root started, last first, with `shutdown`; kills the rest. */
  stop(): Promise<void>
}
