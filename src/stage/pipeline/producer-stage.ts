import { Problem } from '../../kernel/index.ts'
import { type Context, FailInit, Ignore, NoReply, Reply, Stop } from '../../otp/index.ts'
import { type Handler, type Table, withFirst } from '../answering.ts'
import type { AnyDispatcher } from '../dispatcher.ts'
import { andThen } from '../eventually.ts'
import { GenStage } from '../gen-stage.ts'
import { sendInfo } from '../messages.ts'
import type { ProducerOptions } from '../options.ts'
import { eventsIn, produce, replyAndProduce, Subscribed } from '../results.ts'
import { type RoleSource, stageServer } from '../stage.server.ts'
import type { PipelineInput } from './input.ts'
import type { Message } from './message.ts'
import { type RateBudget, RateGate } from './rate-budget.ts'

const BUFFER = { consumes: false, bufferSize: 10_000 }

/** The producer's own state, and the gate before its consumers. */
class Gated {
  user: unknown
  draining = false
  readonly gate: RateGate

  constructor(user: unknown, budget: RateBudget | undefined, ctx: Context) {
    this.user = user
    this.gate = new RateGate(budget, (message) => sendInfo(ctx, message))
  }
}

/** How a pipeline runs a producer. */
export interface ProducerSetup {
  readonly input: PipelineInput<unknown>
  readonly dispatcher: AnyDispatcher
  readonly budget: RateBudget | undefined
}

/**
 * Runs a producer definition inside a pipeline: its events become messages, wait
 * for the rate limit, and at the end everything that is here goes out.
 */
export function producerStage(setup: ProducerSetup) {
  const { source } = setup.input
  const lift = lifter(setup)
  const { handleSubscribe, handleCancel, terminate, start, formatStatus, formatDiscarded } = source
  const gated: RoleSource = {
    name: source.name,
    init: (args, ctx) =>
      andThen<unknown, unknown>(source.init(args, ctx), (user) =>
        user instanceof Ignore || user instanceof FailInit ? user : new Gated(user, setup.budget, ctx),
      ),
    options: (state, ctx) => options(setup, (state as Gated).user, ctx),
    handleDemand: (state, demand, ctx) => handleDemand(state as Gated, demand, ctx, source, lift),
    holdInfo: (state, message) => (state as Gated).gate.hold(message),
    calls: { ...lift.all(source.calls), $push: push },
    casts: { ...lift.all(source.casts), $drain: lift.drain },
    continues: lift.all(source.continues),
    info: withFirst(
      lift.rate,
      typeof source.info === 'function' ? lift.one(source.info as Handler) : lift.all(source.info),
    ),
    ...(start && { start: (state: unknown, ctx: Context) => start((state as Gated).user, ctx) }),
    ...(handleSubscribe && {
      handleSubscribe: lift.one(handleSubscribe as Handler) as typeof handleSubscribe,
    }),
    ...(handleCancel && { handleCancel: lift.one(handleCancel as Handler) as typeof handleCancel }),
    ...(terminate && { terminate: (reason, state, ctx) => terminate(reason, (state as Gated).user, ctx) }),
    ...(formatStatus && { formatStatus: (state) => formatStatus((state as Gated).user) }),
    ...(formatDiscarded && {
      formatDiscarded: (count, state) => formatDiscarded(count, (state as Gated).user),
    }),
  }
  return stageServer(gated, BUFFER)
}

/** Messages from outside go straight to the processors: no transformation, no limit. */
const push: Handler = (state, messages) => replyAndProduce(true, messages as readonly Message[], state)

function options({ input, dispatcher }: ProducerSetup, user: unknown, ctx: Context): ProducerOptions {
  const own = input.source.options?.(user, ctx) ?? {}
  if (!own.dispatcher) return { ...own, dispatcher }
  throw new Problem('bad_dispatcher', `${input.source.name} sets a dispatcher, and so does its pipeline`, {
    field: 'dispatcher',
    wayOut: 'leave it out in pipelines; use partitionBy of the processors',
  })
}

type Lift = ReturnType<typeof lifter>

function handleDemand(state: Gated, demand: number, ctx: Context, source: RoleSource, lift: Lift) {
  if (state.gate.holds(demand)) return new NoReply<unknown>(state, undefined)
  return lift.one(source.handleDemand as Handler)(state, demand, ctx) as NoReply<unknown>
}

/** Lets handlers of the producer work on a gated state. */
function lifter({ input }: ProducerSetup) {
  const { source, transform } = input
  const toMessage = transform as (event: unknown) => Message

  const admit = (state: Gated, result: unknown): unknown => {
    if (result instanceof Stop) return new Stop(result.reason, state, result.replies)
    if (result instanceof Subscribed) {
      state.user = result.state
      return new Subscribed(result.mode, state)
    }
    if (!(result instanceof NoReply) && !(result instanceof Reply)) return result
    state.user = result.state
    const out = state.gate.pass((eventsIn(result) ?? []).map(toMessage))
    if (result instanceof Reply) return replyAndProduce(result.value, out, state, result.next)
    return produce(out, state, result.next)
  }
  const one =
    (handler: Handler): Handler =>
    (state, argument, ctx) =>
      andThen(handler((state as Gated).user, argument, ctx), (result) => admit(state as Gated, result))
  const all = (handlers: object = {}): Table =>
    Object.fromEntries(Object.entries(handlers as Table).map(([name, handler]) => [name, one(handler)]))

  /** New demand is not heard any more; what is here goes out, and then the consumers hear the end. */
  const drain: Handler = (state, _none, ctx) => {
    const gated = state as Gated
    gated.draining = true
    const prepared = source.prepareForDraining?.(gated.user, ctx) ?? new NoReply(gated.user, undefined)
    return andThen(prepared, (result) => {
      const admitted = admit(gated, result)
      leaveIfEmpty(gated, ctx)
      return admitted
    })
  }
  const rate: Table = {
    rate_reset(state, _message, ctx) {
      const gated = state as Gated
      const out = gated.gate.reopen()
      if (gated.draining) leaveIfEmpty(gated, ctx)
      else ctx.send(ctx.self, 'next_demand')
      return produce(out, gated)
    },
    next_demand(state, _message, ctx) {
      const gated = state as Gated
      const demand = gated.draining ? undefined : gated.gate.nextDemand()
      if (demand === undefined) return new NoReply(gated, undefined)
      ctx.send(ctx.self, 'next_demand')
      return one(source.handleDemand as Handler)(gated, demand, ctx)
    },
  }
  return { one, all, drain, rate }
}

function leaveIfEmpty({ gate }: Gated, ctx: Context): void {
  if (gate.isEmpty) GenStage.asyncInfo(ctx.self, { type: '$leave', reason: 'shutdown' })
}
