import { emit } from '../kernel/index.ts'
import { type Context, type Next, NoReply, Reply, Stop, stop } from '../otp/index.ts'
import type { DemandHandler, EventsHandler, StageSource } from './definition.ts'
import { andThen, type Eventually, firstOf } from './eventually.ts'
import type { Inlet } from './inlet.ts'
import type { DemandMode } from './options.ts'
import type { Outlet } from './outlet.ts'
import { eventsIn } from './results.ts'
import { EventsDiscarded, StageMisused } from './stage.events.ts'

/** The definition of a stage with its types forgotten. */
export interface AnySource extends StageSource<unknown, unknown, object, object, object, object> {
  readonly handleDemand?: DemandHandler<unknown>
  readonly prepareForDraining?: (state: unknown, ctx: Context) => unknown
  readonly handleEvents?: EventsHandler<unknown, unknown>
  /** Keeps a message behind events that the source itself holds back; false when it holds none. */
  readonly holdInfo?: (state: unknown, message: unknown) => boolean
}

/** Ends the handling of a message: what the server is to return instead of going on. */
export class Halt {
  readonly outcome: unknown

  constructor(outcome: unknown) {
    this.outcome = outcome
  }
}

/** Undefined to go on. */
export type Outcome = Eventually<Halt | undefined>

/** Something that a producer-consumer does when it may produce again. */
export type Waiting = { readonly needsDemand: boolean; readonly run: () => Outcome }

/**
 * A stage while it runs: the user's state, the giving and the taking side.
 *
 * One of these is the state of the stage's server and changes in place: a
 * handler that fails ends the process, so there is nothing to roll back.
 */
export class StageCore {
  readonly source: AnySource
  readonly ctx: Context
  readonly inlet: Inlet | undefined
  outlet: Outlet | undefined
  user: unknown
  /** What the last handler wants done next. */
  next: Next | undefined
  private demandMode: DemandMode = 'forward'
  /** Demand that arrived while accumulating. */
  private accumulated: number[] = []
  /** Deliveries that a producer-consumer holds back until somebody wants events. */
  private readonly waiting: Waiting[] = []
  private wanted = 0

  constructor(source: AnySource, ctx: Context, user: unknown, inlet: Inlet | undefined) {
    this.source = source
    this.ctx = ctx
    this.user = user
    this.inlet = inlet
  }

  /** Takes over what a handler returned; events go out before anything else happens. */
  take(result: unknown): Halt | undefined {
    if (result instanceof NoReply || result instanceof Reply) {
      this.user = result.state
      this.next = result.next ?? this.next
      this.emit(eventsIn(result) ?? [])
      return undefined
    }
    if (!(result instanceof Stop)) return new Halt(result)
    this.user = result.state
    return new Halt(new Stop(result.reason, this, result.replies))
  }

  halt(reason: unknown): Halt {
    return new Halt(stop(reason as string | object, this))
  }

  /** New demand: to the producer's code, or to the deliveries that wait for it. */
  demand(count: number): Outcome {
    if (count === 0) return undefined
    if (this.inlet) {
      this.wanted += count
      return this.work()
    }
    if (this.demandMode === 'forward') return this.handleDemand(count)
    this.accumulated.push(count)
    return undefined
  }

  setDemandMode(mode: DemandMode): Outcome {
    if (this.inlet || !this.outlet) return this.misuse(`demand can be set for producers only`)
    this.demandMode = mode
    if (mode === 'accumulate') return undefined
    const asked = this.accumulated
    this.accumulated = []
    return firstOf(asked, (count) => this.handleDemand(count))
  }

  /** Runs `waiting` when its turn has come: a producer-consumer works in order and on demand only. */
  enqueue(waiting: Waiting): Outcome {
    if (!this.outlet) return waiting.run()
    this.waiting.push(waiting)
    return this.waiting.length === 1 ? this.work() : undefined
  }

  /** A message to this stage behind everything that it holds. */
  info(message: unknown): Outcome {
    return this.source.holdInfo?.(this.user, message) ? undefined : this.pass(message)
  }

  /** The same behind what the stage itself holds, for a message whose source holds it no longer. */
  pass(message: unknown): Outcome {
    const { outlet, ctx } = this
    const pass = (): undefined => {
      if (outlet) outlet.info(message)
      else ctx.send(ctx.self, message)
    }
    return this.waiting.length > 0 ? this.enqueue({ needsDemand: false, run: pass }) : pass()
  }

  emit(events: readonly unknown[]): void {
    if (events.length === 0) return
    if (!this.outlet) {
      this.misuse(`a consumer cannot produce; ${events.length} events are dropped`)
      return
    }
    this.wanted = Math.max(0, this.wanted - events.length)
    this.outlet.emit(events)
  }

  discarded(discarded: number): void {
    const { formatDiscarded } = this.source
    if (formatDiscarded && !formatDiscarded(discarded, this.user)) return
    emit(EventsDiscarded, { ...this.about, discarded })
  }

  misuse(problem: string): undefined {
    emit(StageMisused, { ...this.about, problem })
  }

  get about() {
    return { pid: this.ctx.self, name: this.ctx.name, stage: this.source.name }
  }

  private handleDemand(count: number): Outcome {
    return andThen(this.source.handleDemand?.(this.user, count, this.ctx), (result) => this.take(result))
  }

  private work(): Outcome {
    return firstOf(this.ready(), ({ run }) => run())
  }

  private *ready(): Generator<Waiting> {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      if (first.needsDemand && this.wanted === 0) return
      yield first
      this.waiting.shift()
    }
  }
}
