import { emit } from '../../kernel/index.ts'
import type { Context } from '../context.ts'
import { type ExitReason, reasonOf } from '../exit.ts'
import { ChildRestarted, SupervisorGaveUp } from '../otp.events.ts'
import type { Pid } from '../pid.ts'
import { type Process, processOf, type ReportDetails } from '../process.ts'
import type { Child } from './child.ts'
import type { StartOutcome } from './child-spec.ts'
import { type RestartLimits, RestartWindow } from './restart-window.ts'
import { stopProcess } from './stop-process.ts'

/** Tells a supervisor to try a restart again, through its own mailbox. */
export class Retry {
  readonly child: Child
  readonly reason: ExitReason
  /** Already noted in the restart window. */
  readonly counted: boolean

  constructor(child: Child, reason: ExitReason, counted: boolean) {
    this.child = child
    this.reason = reason
    this.counted = counted
  }
}

/** Whether a supervisor goes on after an exit of a child. */
export type Verdict = 'go_on' | 'shut_down'

/** Starts, stops and reports on the children of one supervisor; which ones and when is a strategy's matter. */
export class ChildKeeper {
  readonly self: Pid
  private readonly ctx: Context
  private readonly process: Process
  private window: RestartWindow

  constructor(ctx: Context, limits: RestartLimits) {
    this.ctx = ctx
    this.self = ctx.self
    // Made in `init`, while the process surely lives; later it is asked before each use.
    this.process = processOf(ctx.self) as Process
    this.window = new RestartWindow(limits)
  }

  /** Counts restarts by other limits, from none on. */
  limit(limits: RestartLimits): void {
    this.window = new RestartWindow(limits)
  }

  /** Starts a child. A restart is announced with the reason of the exit that caused it. */
  async start(child: Child, restartFor?: ExitReason): Promise<StartOutcome> {
    this.process.mustLive()
    const outcome = await this.tryStart(child)
    this.process.mustLive()
    if (outcome.status === 'started') child.running(outcome.pid, this.monotonicMs)
    else child.stopped('stopped')
    if (outcome.status === 'failed') this.report(child, 'child_start_failed', outcome.reason)
    else if (restartFor !== undefined) this.announce(child, restartFor)
    return outcome
  }

  /** Stops a child, if it runs, and waits for its end. */
  async stop(child: Child): Promise<void> {
    const { pid } = child
    child.stopped('stopped')
    if (pid) await this.end(child, pid)
    child.estate.clear()
  }

  private async end(child: Child, pid: Pid): Promise<void> {
    const { shutdown } = child.spec
    const reason = await stopProcess(this.process, pid, shutdown)
    const wanted = shutdown === 'brutal_kill' ? 'killed' : 'shutdown'
    const fine =
      reason === wanted || reason === 'normal' || (typeof reason === 'object' && 'shutdown' in reason)
    if (!fine) this.report(child, 'child_shutdown_failed', reason)
  }

  /**
   * Notes a restart in the window and has it made: now, or after the child's
   * back-off. One restart too many ends the supervisor.
   */
  restart(child: Child, reason: ExitReason, now: () => Promise<Verdict>): Promise<Verdict> | Verdict {
    if (!this.window.allows(this.monotonicMs)) return this.giveUp(child)
    const { backoff } = child.spec
    if (!backoff) return now()
    const delayMs = child.backoffMs(backoff, this.monotonicMs, this.process.host.random)
    child.stopped('restarting')
    this.ctx.sendAfter(delayMs, this.self, new Retry(child, reason, true))
    return 'go_on'
  }

  /** A restart that failed is tried again behind whatever waits in the mailbox. */
  retryLater(child: Child, reason: ExitReason): void {
    child.stopped('restarting')
    this.ctx.send(this.self, new Retry(child, reason, false))
  }

  report(child: Child, kind: ReportDetails['kind'], reason: ExitReason): void {
    this.process.host.report(this.process, { kind, reason, child: child.spec.id })
  }

  private async tryStart({ spec, estate }: Child): Promise<StartOutcome> {
    try {
      return await spec.start({ runtime: this.ctx.runtime, parent: this.self, estate })
    } catch (thrown) {
      return { status: 'failed', reason: reasonOf(thrown) }
    }
  }

  private giveUp(child: Child): Verdict {
    const { self: pid, process } = this
    this.report(child, 'supervisor_gave_up', 'shutdown')
    const { name, module } = process
    emit(SupervisorGaveUp, { pid, name, module, restarts: this.window.maxRestarts })
    return 'shut_down'
  }

  private announce(child: Child, reason: ExitReason): void {
    const { name, pid } = this.process
    emit(ChildRestarted, {
      supervisor: name ?? pid.id,
      child: child.spec.id,
      reason,
      restarts: child.restarts,
    })
  }

  private get monotonicMs(): number {
    return this.process.host.clock.monotonicMs()
  }
}
