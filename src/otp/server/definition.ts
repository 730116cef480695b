import type { Context, Dest, Name, Runtime } from '../context.ts'
import type { ExitReason } from '../exit.ts'
import type { Down, Exit, Pid, TaskDone } from '../pid.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import type { Crash } from '../supervisor/estate.ts'
import type { ThreadOptions } from '../thread/thread-options.ts'
import type { MailboxLimit, StateLimit } from './limits.ts'
import type { FailInit, Ignore, Later, Next, NoReply, Refusal, Reply, Stop } from './results.ts'

export type Eventually<T> = T | PromiseLike<T>

/** The state of a server, from what its `init` returns. */
export type StateOf<I> = Exclude<Awaited<I>, Ignore | FailInit>

/** What a call handler may return. */
export type CallResult<S> = Reply<unknown, S> | NoReply<S> | Later<unknown, S> | Stop<S, unknown>

/** What every other handler may return. */
export type InfoResult<S> = NoReply<S> | Stop<S>

/** Handlers by name: `(state, argument, ctx)`, plain or async. */
export type CallHandlers<S> = Readonly<
  Record<string, (state: S, argument: never, ctx: Context) => Eventually<CallResult<S>>>
>

/** Cast handlers by name. */
export type CastHandlers<S> = Readonly<
  Record<string, (state: S, argument: never, ctx: Context) => Eventually<InfoResult<S>>>
>

/** Info handlers by the message itself when it is a string, else by its `type`. */
export interface InfoMap<S> {
  readonly DOWN?: (state: S, down: Down, ctx: Context) => Eventually<InfoResult<S>>
  readonly EXIT?: (state: S, exit: Exit, ctx: Context) => Eventually<InfoResult<S>>
  readonly TASK?: (state: S, done: TaskDone, ctx: Context) => Eventually<InfoResult<S>>
  readonly [type: string]: ((state: S, message: never, ctx: Context) => Eventually<InfoResult<S>>) | undefined
}

/** One function for every message that is no call and no cast. */
export type InfoFunction<S> = (state: S, message: unknown, ctx: Context) => Eventually<InfoResult<S>>

/** What `defineServer` takes. */
export interface ServerSource<A, I, C, K> {
  /** What this server is, for reports and trees; not a registered name. */
  readonly name: string
  /** Makes the state, or returns `ignore()` or `failInit(reason)`; the starter waits for it. */
  readonly init: (args: A, ctx: Context) => I
  /** The first instruction after `init`. */
  readonly start?: (state: StateOf<I>, ctx: Context) => Next | undefined
  readonly calls?: C
  readonly casts?: K
  readonly info?: InfoMap<StateOf<I>> | InfoFunction<StateOf<I>>
  readonly continues?: CastHandlers<StateOf<I>>
  /** Runs at an orderly end; what it throws becomes the exit reason. */
  readonly terminate?: (reason: ExitReason, state: StateOf<I>, ctx: Context) => unknown
  /** What crash reports show of the state, to keep secrets and size out of logs. */
  readonly formatStatus?: (state: StateOf<I>) => unknown
  /**
   * Begins a life after a crash with the last committed state of the life before,
   * instead of `init`; `refuse()` asks for `init` after all. An extension: the
   * supervisor holds the state, and only after an end that was not clean. What
   * `stateLimit` ended is not offered.
   */
  readonly restore?: (saved: StateOf<I>, crash: Crash, ctx: Context) => Eventually<StateOf<I> | Refusal>
  /** Most messages that may wait; no bound by default. */
  readonly mailbox?: MailboxLimit | undefined
  readonly stateLimit?: StateLimit<StateOf<I>> | undefined
  /**
   * Makes this definition's state of that of the one it replaces, see
   * `sys.changeCode`; without it the state is taken over as it is. An `err(...)`
   * or a throw refuses, and everything stays as it was.
   */
  readonly codeChange?: (state: never, extra: never, ctx: Context) => unknown
}

/** Options of one call. */
export interface CallOptions {
  /** Longest wait for the answer, 5000 by default; `Infinity` is allowed. The server works on. */
  readonly timeoutMs?: number
}

/** Options of a start. */
export interface StartOptions {
  readonly name?: Name | undefined
  readonly runtime?: Runtime | undefined
  /** Whom to link to, `ctx.self`; otherwise the running process, or the root. */
  readonly parent?: Pid | undefined
  /** Longest `init`; afterwards the process is killed and the start fails. */
  readonly timeoutMs?: number | undefined
  /** Runs the server in a worker thread of its own. */
  readonly thread?: ThreadOptions | undefined
}

export type ReplyOf<H> = H extends (...input: never) => infer R ? Answer<Awaited<R>> : never
type Answer<R> =
  R extends Reply<infer V, unknown>
    ? V
    : R extends Later<infer V, unknown>
      ? V
      : R extends Stop<unknown, infer V>
        ? V
        : never

/** The parameters of the client method that belongs to a handler. */
export type ClientInput<H, O extends readonly unknown[]> = H extends (
  state: never,
  ...rest: infer P
) => unknown
  ? P extends readonly []
    ? [argument?: undefined, ...O]
    : P extends readonly [(infer A)?, ...unknown[]]
      ? [A] extends [never]
        ? [argument?: undefined, ...O]
        : undefined extends A
          ? [argument?: A, ...O]
          : [argument: A, ...O]
      : never
  : never

/** `ref.call`: a method per call handler, promising its reply. */
export type CallClient<C> = {
  readonly [N in keyof C]: (...input: ClientInput<C[N], [options?: CallOptions]>) => Promise<ReplyOf<C[N]>>
}

/** `ref.cast`: a method per cast handler; never fails, whatever the destination. */
export type CastClient<K> = {
  readonly [N in keyof K]: (...input: ClientInput<K[N], []>) => void
}

type Given<H> = string extends keyof H ? Record<never, never> : H

/** A typed reference: to one process, or (from `at`) to whoever holds a name at each use. */
export interface ServerRef<C = unknown, K = unknown> extends AsyncDisposable {
  /** Throws a `CallError` (noproc) when the name is held by nobody. */
  readonly pid: Pid
  readonly name: string | undefined
  readonly runtime: Runtime
  readonly call: CallClient<Given<C>>
  readonly cast: CastClient<Given<K>>
  whereis(): Pid | undefined
  /**
   * Ends the server behind the messages already waiting, and waits for it.
   * Rejects when it ends for another reason or not in `timeoutMs` (no limit by default).
   */
  stop(reason?: ExitReason, timeoutMs?: number): Promise<void>
}

type Args<A> = unknown extends A ? [args?: undefined] : undefined extends A ? [args?: A] : [args: A]

/** What `defineServer` makes. */
export interface Server<A, C, K, H = unknown> {
  readonly name: string
  /** The handlers as written, for tests without a runtime. */
  readonly handlers: H
  /** Starts a linked server; rejects with `StartError` when `init` fails or declines. */
  startLink(...input: [...Args<A>, options?: StartOptions]): Promise<ServerRef<C, K>>
  /** The same without a link: nobody hears of its end. */
  start(...input: [...Args<A>, options?: StartOptions]): Promise<ServerRef<C, K>>
  /** How a supervisor starts it. */
  child(...input: [...Args<A>, options?: ChildOptions]): ChildSpec
  /** A reference that looks the name up at each use, so it survives restarts. */
  at(dest: Dest, runtime?: Runtime): ServerRef<C, K>
}

/** The reference type of a definition: `RefOf<typeof Counter>`. */
export type RefOf<D> = D extends Server<never, infer C, infer K> ? ServerRef<C, K> : never
