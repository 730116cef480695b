import { CallRequest } from '../call-request.ts'
import { type ExitReason, isClean } from '../exit.ts'
import type { Birth, ProcessId } from '../process.ts'
import type { Callbacks } from '../server/callbacks.ts'
import { ServerProcess } from '../server/server-process.ts'
import type { Start } from '../server/starting-process.ts'
import type { StartOutcome } from '../supervisor/child-spec.ts'
import type { Legacy } from '../supervisor/estate.ts'
import type { Inside } from './inside.ts'
import { Op } from './wire.ts'

interface Surroundings {
  readonly inside: Inside
  readonly keeper: Keeper
}

/** Hears what others must know of the server. */
interface Keeper {
  began(outcome: StartOutcome, lives: number): void
  over(reason: ExitReason, legacy: Legacy | undefined): void
}

/** The server itself, in its thread: tells outside what must be known there. */
export class ThreadServer extends ServerProcess {
  private readonly inside: Inside
  private readonly keeper: Keeper
  private declining = false

  constructor(birth: Birth, callbacks: Callbacks, start: Start, { inside, keeper }: Surroundings) {
    super(birth, callbacks, start)
    this.inside = inside
    this.keeper = keeper
  }

  override setTrapping(trapping: boolean): void {
    super.setTrapping(trapping)
    this.inside.outbox.add(Op.trap, Number(trapping), undefined, undefined)
  }

  protected override work(): boolean {
    const more = super.work()
    this.inside.outbox.touch()
    return more
  }

  override settleStart(outcome: StartOutcome): void {
    const decided = this.start === undefined
    super.settleStart(outcome)
    if (!decided) this.keeper.began(outcome, this.estate?.lives ?? 0)
  }

  override declined(): void {
    this.declining = true
    super.declined()
    this.keeper.began({ status: 'ignored' }, 0)
  }

  protected override ended(reason: ExitReason): void {
    const lived = this.start === undefined && !this.declining
    super.ended(reason)
    const left = isClean(reason) ? undefined : this.estate?.take()
    if (lived) this.keeper.over(reason, left)
  }
}

/** A call from outside, to be answered there. */
export class OutsideCall extends CallRequest {
  private readonly inside: Inside
  private readonly id: number
  private readonly from: number | undefined

  constructor(inside: Inside, target: ThreadServer, call: Call) {
    super(target, call.name, call.argument, Number.POSITIVE_INFINITY)
    this.inside = inside
    this.id = call.id
    this.from = call.from
  }

  override get caller(): ProcessId | undefined {
    return this.from === undefined ? undefined : this.inside.pidOf(this.from)
  }

  override reply(value: unknown): void {
    if (this.close()) this.inside.answer(this.id, value)
  }

  /** Outside, the caller hears of the end from the process that stands for the server. */
  override processEnded(): void {
    this.close()
  }
}

/** What came in. */
interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
  /** Serial number of the caller. */
  readonly from: number | undefined
}
