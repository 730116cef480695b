import type { Dest, From } from './context.ts'
import { currentProcess } from './current.ts'
import { describeDest, locate } from './destination.ts'
import { type ExitReason, formatExit, ProcessExited } from './exit.ts'
import { handedOver } from './freeze.ts'
import { checkedMs } from './milliseconds.ts'
import type { Pid } from './pid.ts'
import type { Host, Process, ProcessId } from './process.ts'
import { WheelEntry } from './timer-wheel.ts'
import { unwatch, type Watcher, watch } from './watcher.ts'

/** Longest wait for an answer, unless the call says otherwise. */
const CALL_TIMEOUT_MS = 5_000

/** Why a call failed: the exit of its caller, unless that catches it. */
export class CallError extends Error {
  override readonly name = 'CallError'
  /**
   * `exit` stands for a server that ended before it answered; `overloaded` for a full mailbox;
   * `not_cloneable` for what cannot go to or come from a thread.
   */
  readonly kind: 'noproc' | 'timeout' | 'calling_self' | 'exit' | 'overloaded' | 'not_cloneable'
  readonly reason: ExitReason
  readonly target: string
  readonly request: string

  constructor(kind: CallError['kind'], reason: ExitReason, target: string, request: string) {
    super(`${request} to ${target} failed: ${formatExit(reason)}`)
    this.kind = kind
    this.reason = reason
    this.target = target
    this.request = request
  }
}

/**
 * Somebody waits for a process: a monitor, a deadline and a promise in one
 * object, so that a call costs no timer and no closure. Answered at most once;
 * an answer that comes too late is dropped.
 */
export abstract class Pending<R = unknown> extends WheelEntry implements Watcher, From<R> {
  newer: Watcher | undefined
  older: Watcher | undefined
  readonly promise: Promise<R>
  protected readonly target: Process
  private readonly asker: Process | undefined
  readonly limitMs: number
  private resolve!: (value: R) => void
  private reject!: (error: Error) => void
  private waiting = true

  constructor(target: Process, limitMs: number) {
    super()
    this.target = target
    this.limitMs = limitMs
    this.asker = currentProcess()
    this.promise = new Promise<R>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    watch(target, this)
    if (limitMs !== Number.POSITIVE_INFINITY) target.host.deadlines.add(this, limitMs)
  }

  /** How the request reads in errors. */
  protected abstract get label(): string

  get caller(): ProcessId | undefined {
    return this.asker?.pid
  }

  /** Still waiting for the answer. */
  get isOpen(): boolean {
    return this.waiting
  }

  /** Answers; the first answer counts, later ones are dropped. */
  reply(value: R): void {
    if (!this.close()) return
    if (this.asker?.alive === false) this.refuse(new ProcessExited(this.asker.pid.id, 'normal'))
    else this.resolve(value)
  }

  processEnded(_pid: Pid, reason: ExitReason): void {
    this.fail('exit', reason)
  }

  override fire(): void {
    this.fail('timeout', `timeout after ${this.limitMs} ms`)
  }

  /** Fails the one who waits; harmless when it was answered. */
  fail(kind: CallError['kind'], reason: ExitReason): void {
    if (this.close())
      this.refuse(new CallError(kind, reason, this.target.name ?? this.target.pid.id, this.label))
  }

  /** Stops waiting; false when it was over already. */
  protected close(): boolean {
    if (!this.waiting) return false
    this.waiting = false
    this.target.host.deadlines.remove(this)
    unwatch(this.target, this)
    return true
  }

  /** The promise of a process that forgot it must not bring down Node. */
  private refuse(error: Error): void {
    if (this.asker) this.promise.catch(ignoreError)
    this.reject(error)
  }
}

/** A call in the mailbox; the object is its own `from`. */
export class CallRequest extends Pending {
  readonly name: string
  readonly argument: unknown

  constructor(target: Process, name: string, argument: unknown, limitMs: number) {
    super(target, limitMs)
    this.name = name
    this.argument = argument
  }

  override reply(value: unknown): void {
    super.reply(handedOver(this.target.host, value))
  }

  get type(): '$call' {
    return '$call'
  }

  protected get label(): string {
    return `call ${this.name}`
  }
}

/** A request to end in an orderly way, behind the messages already waiting. */
export class StopRequest extends Pending<void> {
  readonly reason: ExitReason

  constructor(target: Process, reason: ExitReason, limitMs: number) {
    super(target, limitMs)
    this.reason = reason
  }

  protected get label(): string {
    return 'stop'
  }

  override processEnded(pid: Pid, reason: ExitReason): void {
    if (reason === this.reason) this.reply()
    else super.processEnded(pid, reason)
  }
}

/** A cast in the mailbox. */
export class CastRequest {
  readonly name: string
  readonly argument: unknown

  constructor(name: string, argument: unknown) {
    this.name = name
    this.argument = argument
  }

  get type(): '$cast' {
    return '$cast'
  }
}

/** Asks `to`, and promises the answer or a `CallError`. */
export function placeCall(
  host: Host,
  to: Dest,
  name: string,
  argument: unknown,
  limitMs: number = CALL_TIMEOUT_MS,
): Promise<unknown> {
  checkedMs('timeoutMs', limitMs, 'endless')
  const target = locate(host, to)?.process
  const asker = currentProcess()
  if (!target || target === asker || asker?.alive === false) return refuseAtOnce(target, to, `call ${name}`)
  const request = new CallRequest(target, name, handedOver(host, argument), limitMs)
  target.deliver(request)
  return request.promise
}

/** Asks `to` to end with `reason`, and waits until it did. */
export function placeStop(host: Host, to: Dest, reason: ExitReason, limitMs: number): Promise<void> {
  return place(host, to, 'stop', limitMs, (target) => new StopRequest(target, reason, limitMs))
}

/** Puts what `make` makes of the process behind `to` into its mailbox, and promises the answer. */
export function place<R>(
  host: Host,
  to: Dest,
  label: string,
  limitMs: number,
  make: (target: Process) => Pending<R>,
): Promise<R> {
  checkedMs('timeoutMs', limitMs, 'endless')
  const target = locate(host, to)?.process
  const asker = currentProcess()
  if (!target || target === asker || asker?.alive === false) return refuseAtOnce(target, to, label)
  const request = make(target)
  target.deliver(request)
  return request.promise
}

/** Lost silently when nobody is there. */
export function placeCast(host: Host, to: Dest, name: string, argument: unknown): void {
  currentProcess()?.mustLive()
  locate(host, to)?.process?.deliver(new CastRequest(name, handedOver(host, argument)))
}

function refuseAtOnce(target: Process | undefined, to: Dest, label: string): Promise<never> {
  const asker = currentProcess()
  if (asker?.alive === false) return refusedQuietly(new ProcessExited(asker.pid.id, 'normal'))
  const kind = target ? 'calling_self' : 'noproc'
  const error = new CallError(kind, kind, describeDest(to), label)
  return asker ? refusedQuietly(error) : Promise.reject(error)
}

/** A process that forgets the promise must not bring down Node. */
function refusedQuietly(error: Error): Promise<never> {
  const refused = Promise.reject(error)
  refused.catch(ignoreError)
  return refused
}

function ignoreError(): void {}
