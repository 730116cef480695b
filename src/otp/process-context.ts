import { Problem } from '../kernel/index.ts'
import type { Context, Dest, From, Runtime, SendTimer } from './context.ts'
import { deliverLater } from './delivery.ts'
import { locate, sendMessage } from './destination.ts'
import type { ExitReason } from './exit.ts'
import { checkedMs } from './milliseconds.ts'
import { Monitor } from './monitor.ts'
import type { MonitorRef, Pid } from './pid.ts'
import { type Host, type Process, ProcessId, processOf } from './process.ts'
import { link, signalExit, unlink } from './signals.ts'
import { Deadline } from './timer-wheel.ts'

/** What the code of one process holds of the runtime; refuses ghosts at every door. */
export class OwnContext implements Context {
  protected readonly process: Process

  constructor(process: Process) {
    this.process = process
  }

  get self(): Pid {
    return this.process.pid
  }

  get name(): string | undefined {
    return this.process.name
  }

  get runtime(): Runtime {
    return this.process.host as Host & Runtime
  }

  get nowMs(): number {
    return this.process.host.clock.nowMs()
  }

  get signal(): AbortSignal {
    return this.process.signal
  }

  get ancestors(): readonly Pid[] {
    return this.process.ancestors
  }

  get callers(): readonly Pid[] {
    return this.process.callers
  }

  get from(): From {
    const { client } = this.process
    if (client) return client
    throw new Problem('no_caller', 'ctx.from was read outside of a call', {
      wayOut: 'read it in the call handler, before the first await, and keep it',
    })
  }

  trapExit(trap: boolean): boolean {
    const { process } = this
    process.mustLive()
    const before = process.trapping
    process.setTrapping(trap)
    return before
  }

  send(to: Dest, message: unknown): void {
    this.process.mustLive()
    sendMessage(this.process.host, to, message)
  }

  sendAfter(delayMs: number, to: Dest, message: unknown): SendTimer {
    this.process.mustLive()
    const { process } = this
    if (to === process.pid) return deliverLater(process, delayMs, message, true)
    return sendLater(process.host, delayMs, to, message)
  }

  monitor(target: Dest): MonitorRef {
    this.process.mustLive()
    const pid = locate(this.process.host, target)
    const name = typeof target === 'string' ? target : undefined
    return new Monitor(this.process, pid?.process, pid, name)
  }

  demonitor(ref: MonitorRef, options?: { readonly flush?: boolean }): void {
    this.process.mustLive()
    ;(ref as Monitor).stop()
    if (options?.flush)
      this.process.mailbox.take((message) => (message as { ref?: unknown } | null)?.ref === ref)
  }

  link(pid: Pid): void {
    this.process.mustLive()
    link(this.process, pid as ProcessId)
    this.process.mustLive()
  }

  unlink(pid: Pid): void {
    this.process.mustLive()
    unlink(this.process, processOf(pid))
  }

  exit(pid: Pid, reason: ExitReason): void {
    this.process.mustLive()
    const target = processOf(pid)
    if (target) signalExit(target, this.process.pid, reason, 'exit')
    this.process.mustLive()
  }
}

/** Sends in `delayMs`: to a process, as long as it lives; to a name, looked up only then. */
export function sendLater(host: Host, delayMs: number, to: Dest, message: unknown): SendTimer {
  const process = to instanceof ProcessId ? to.process : undefined
  if (process) return deliverLater(process, delayMs, message, false)
  return doLater(host, delayMs, () => locate(host, to)?.process?.deliver(message))
}

/** A timer that keeps nobody alive. */
export function doLater(host: Host, delayMs: number, fire: () => void): SendTimer {
  const wheel = host.background
  checkedMs('delayMs', delayMs, 'finite')
  const entry = new Deadline(fire)
  wheel.add(entry, delayMs)
  return {
    cancel() {
      const leftMs = wheel.remainingMs(entry)
      return wheel.remove(entry) ? (leftMs ?? 0) : false
    },
  }
}
