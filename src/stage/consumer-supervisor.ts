import { emit, Problem } from '../kernel/index.ts'
import {
  type ChildSpec,
  type Context,
  DynamicChildren,
  noreply,
  type RestartLimits,
  reply,
  stop,
} from '../otp/index.ts'
import { defineConsumer } from './define-stage.ts'
import type { SubscribeTo } from './definition.ts'
import type { Peer } from './dispatcher.ts'
import { GenStage } from './gen-stage.ts'
import { manual } from './results.ts'
import { EventsInExcess } from './stage.events.ts'
import { type DemandOptions, demandOptions } from './subscription.ts'

/** What `defineConsumerSupervisor` takes. */
export interface ConsumerSupervisorSource<A, E> extends RestartLimits {
  readonly name: string
  /** How an event's child is started: `Worker.child(event, { restart: 'temporary' })`. Not `permanent`. */
  readonly child: (event: E, args: A) => ChildSpec
  readonly subscribeTo?: (args: A) => readonly SubscribeTo<E>[]
}

/** One subscription: how much of its demand is at work, and how much is done and not asked again. */
interface Flow {
  readonly peer: Peer
  readonly limits: DemandOptions
  done: number
}

/**
 * Defines a supervisor that starts one child per event, at most `maxDemand` of a
 * producer at once; children that are being restarted count. More is asked for
 * when `minDemand` children have ended, so children are the unit of demand.
 */
export function defineConsumerSupervisor<A, E>(source: ConsumerSupervisorSource<A, E>) {
  const { name, subscribeTo } = source
  return defineConsumer({
    name,
    init(args: A, ctx: Context) {
      ctx.trapExit(true)
      return new EventChildren(args, source, ctx)
    },
    subscribeTo: (state) => subscribeTo?.(state.args) ?? [],
    handleSubscribe(state, { peer, options }, ctx) {
      state.join(peer, options, ctx)
      return manual(state)
    },
    async handleEvents(state, events: readonly E[], ctx, from) {
      for (const event of events) await state.startFor(event, from, ctx)
      return noreply(state)
    },
    handleCancel(state, { peer }) {
      state.flows.delete(peer.ref)
      return noreply(state)
    },
    calls: {
      whichChildren: (state) => reply(state.children.which(), state),
      countChildren: (state) => reply(state.children.count(), state),
    },
    async info(state, message, ctx) {
      const verdict = await state.children.handle(message)
      state.settle(ctx)
      return verdict === 'go_on' ? noreply(state) : stop('shutdown', state)
    },
    terminate: (_reason, { children }) => children.stopAll(),
  })
}

class EventChildren<A, E> {
  readonly args: A
  readonly children: DynamicChildren
  readonly flows = new Map<string, Flow>()
  private readonly source: ConsumerSupervisorSource<A, E>
  /** Which subscription each living child works for. */
  private readonly origins = new Map<ChildSpec, string>()

  constructor(args: A, source: ConsumerSupervisorSource<A, E>, ctx: Context) {
    this.args = args
    this.source = source
    const { maxRestarts, maxSeconds } = source
    const onGone = (spec: ChildSpec): void => this.gone(spec)
    this.children = new DynamicChildren({ maxRestarts, maxSeconds, onGone }, ctx)
  }

  join(peer: Peer, options: object, ctx: Context): void {
    const limits = demandOptions(options)
    if (!limits.ok) return
    this.flows.set(peer.ref, { peer, limits: limits.value, done: 0 })
    GenStage.ask(ctx, peer, limits.value.max)
  }

  async startFor(event: E, from: Peer, ctx: Context): Promise<void> {
    // A copy, as the same spec may be given for several events.
    const spec = { ...checked(this.source.child(event, this.args)) }
    this.reportExcess(from, ctx)
    this.origins.set(spec, from.ref)
    const started = await this.children.start(spec)
    if (!started.ok || started.value === undefined) this.gone(spec)
    this.settle(ctx)
  }

  /** Asks for as many as are gone for good, when it is worth it. */
  settle(ctx: Context): void {
    for (const flow of this.flows.values()) {
      if (flow.done < Math.max(1, flow.limits.min)) continue
      GenStage.ask(ctx, flow.peer, flow.done)
      flow.done = 0
    }
  }

  private gone(spec: ChildSpec): void {
    const flow = this.flows.get(this.origins.get(spec) ?? '')
    this.origins.delete(spec)
    if (flow) flow.done++
  }

  private reportExcess(from: Peer, { self: pid, name }: Context): void {
    const flow = this.flows.get(from.ref)
    if (!flow) return
    const working = [...this.origins.values()].filter((ref) => ref === from.ref).length
    if (working + flow.done < flow.limits.max) return
    emit(EventsInExcess, { pid, name, stage: this.source.name, excess: 1, from: from.pid })
  }
}

function checked(spec: ChildSpec): ChildSpec {
  if (spec.restart !== 'permanent') return spec
  throw new Problem('bad_specs', `the child "${spec.id}" of an event would be restarted for ever`, {
    field: 'restart',
    wayOut: "start it with restart: 'transient' or 'temporary'",
  })
}
