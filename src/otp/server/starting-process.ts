import { type ExitReason, isClean } from '../exit.ts'
import { type Birth, Process } from '../process.ts'
import { unlink } from '../signals.ts'
import type { StartOutcome } from '../supervisor/child-spec.ts'
import type { Estate } from '../supervisor/estate.ts'

/** The first thing a server does. */
export interface Start {
  readonly args: unknown
  /** What an earlier life left, and where this one leaves its own. */
  readonly estate: Estate | undefined
  readonly done: (outcome: StartOutcome) => void
}

/** A process somebody waits for until it is decided whether it started. */
export abstract class StartingProcess extends Process {
  protected start: Start | undefined
  protected readonly estate: Estate | undefined

  constructor(birth: Birth, start: Start) {
    super(birth)
    this.start = start
    this.estate = start.estate
  }

  /** Runs `then` when the start is decided, before the starter hears of it. */
  whenStarted(then: () => void): void {
    const { start } = this
    if (!start) return then()
    this.start = {
      ...start,
      done(outcome) {
        then()
        start.done(outcome)
      },
    }
  }

  /** Ends the start with `outcome`, once. */
  settleStart(outcome: StartOutcome): void {
    const { start } = this
    this.start = undefined
    start?.done(outcome)
  }

  /** `init` did not want to run: its end comes before the news of it. */
  protected declined(): void {
    const { start } = this
    this.start = undefined
    this.host.end(this, 'normal')
    start?.done({ status: 'ignored' })
  }

  /** The starter learns it from the outcome; the root needs no signal on top. */
  protected stillborn(reason: ExitReason): void {
    if (!isClean(reason)) this.host.report(this, { kind: 'process_crash', reason })
    this.failStart(reason)
  }

  protected failStart(reason: ExitReason): void {
    unlink(this, this.host.rootProcess)
    this.host.end(this, reason)
  }

  /** Killed while starting: the starter hears why. */
  protected override ended(reason: ExitReason): void {
    this.settleStart({ status: 'failed', reason })
  }
}
