import { emit, err, ok, type Result } from '../kernel/index.ts'
import { type Dest, type Down, isClean } from '../otp/index.ts'
import type { Batch } from './batches.ts'
import type { Peer } from './dispatcher.ts'
import { andThen, type Eventually, firstOf } from './eventually.ts'
import { cancelled, subscribed } from './hooks.ts'
import type { Ended, Inlet } from './inlet.ts'
import {
  type Cancelling,
  type CancelMessage,
  type EventsMessage,
  type SubscribeMessage,
  sendAsk,
  sendCancel,
} from './messages.ts'
import { EventsInExcess } from './stage.events.ts'
import { Halt, type Outcome, type StageCore } from './stage-core.ts'
import { type DemandOptions, demandOptions, type SubscribeOptions } from './subscription.ts'

/** What a consumer is told to do. */
export interface SubscribeRequest {
  readonly to: Dest
  readonly options: SubscribeOptions
  /** A subscription to the same producer that this one takes the place of. */
  readonly replaces?: Cancelling | undefined
}

/** The subscription's `Peer`, for `ask` and `cancel`; or why there is none. */
export type SubscribeAnswer = Result<Peer | undefined, 'bad_opts' | 'not_a_consumer'>

/** How subscribing went: the answer for whoever asked, and whether the stage ends over it. */
export interface Attempt {
  readonly answer?: SubscribeAnswer
  readonly halt?: Halt
}

/** Subscribes this stage; to nobody, `temporary` is fine and does nothing, else the stage exits `noproc`. */
export function subscribe(stage: StageCore, request: SubscribeRequest): Eventually<Attempt> {
  const { inlet } = stage
  if (!inlet) {
    stage.misuse('a producer cannot subscribe')
    return { answer: err('not_a_consumer', 'a producer cannot subscribe to another stage') }
  }
  const options = demandOptions(request.options)
  if (!options.ok) {
    stage.misuse(`subscribe: ${options.message ?? options.reason}`)
    return { answer: options }
  }
  const opened = inlet.open(request.to)
  if (opened) return open(stage, inlet, opened, request, options.value)
  const answer = ok(undefined)
  return options.value.cancel === 'temporary' ? { answer } : { answer, halt: stage.halt('noproc') }
}

function open(
  stage: StageCore,
  inlet: Inlet,
  { peer, monitor }: NonNullable<ReturnType<Inlet['open']>>,
  { options, replaces }: SubscribeRequest,
  { max, min, cancel }: DemandOptions,
): Eventually<Attempt> {
  const { ctx } = stage
  const from = { pid: ctx.self, ref: peer.ref }
  const message: SubscribeMessage = { type: '$subscribe', from, options, replaces }
  ctx.send(peer.pid, message)
  return andThen(subscribed(stage, { role: 'producer', peer, options }), (mode): Attempt => {
    if (mode instanceof Halt) return { halt: mode }
    inlet.add(peer, monitor, cancel, mode === 'manual' ? mode : { max, min, outstanding: max })
    if (mode === 'automatic') sendAsk(ctx, ctx.self, peer, max)
    return { answer: ok(peer) }
  })
}

/** A delivery; one for a subscription that is over goes back as a cancel. */
export function eventsArrive(stage: StageCore, { from, events }: EventsMessage): Outcome {
  const { inlet, ctx } = stage
  if (!inlet) return stage.misuse(`a producer was sent events by ${from.pid.id}`)
  if (!inlet.has(from.ref)) {
    sendCancel(ctx, 'consumer', ctx.self, from, 'unknown_subscription')
    return undefined
  }
  return stage.enqueue({ needsDemand: true, run: () => handleDelivery(stage, inlet, from, events) })
}

function handleDelivery(stage: StageCore, inlet: Inlet, from: Peer, events: readonly unknown[]): Outcome {
  const { batches, excess } = inlet.receive(from, events)
  if (excess > 0) emit(EventsInExcess, { ...stage.about, excess, from: from.pid })
  return firstOf(batches, (batch) => handleBatch(stage, from, batch))
}

/** The ask goes out when the batch is done: that is what makes a slow consumer slow its producer. */
function handleBatch(stage: StageCore, from: Peer, { events, ask }: Batch<unknown>): Outcome {
  const { ctx, source } = stage
  return andThen(source.handleEvents?.(stage.user, events, ctx, from), (result) => {
    const halt = stage.take(result)
    if (!halt && ask > 0) sendAsk(ctx, ctx.self, from, ask)
    return halt
  })
}

/** A producer ended the subscription. */
export function producerCancels(stage: StageCore, { from, reason }: CancelMessage): Outcome {
  return producerEnds(stage, from.ref, 'cancel', reason)
}

/** Whether a monitor was one of this side's; a producer that died ends the subscription. */
export function producerDown(stage: StageCore, down: Down): { readonly outcome: Outcome } | undefined {
  const peer = stage.inlet?.watchedBy(down.ref)
  return peer && { outcome: producerEnds(stage, peer.ref, 'down', down.reason) }
}

/** Takes effect behind the deliveries that are here already. */
function producerEnds(stage: StageCore, ref: string, kind: 'cancel' | 'down', reason: unknown): Outcome {
  const ended = stage.inlet?.remove(ref)
  return ended && stage.enqueue({ needsDemand: false, run: () => end(stage, ended, kind, reason) })
}

function end(stage: StageCore, { peer, cancel }: Ended, kind: 'cancel' | 'down', why: unknown): Outcome {
  const reason = why as string | object
  return andThen(cancelled(stage, { role: 'producer', peer, kind, reason }), (halt) => {
    const fatal = cancel === 'permanent' || (cancel === 'transient' && !isClean(reason))
    return halt ?? (fatal ? stage.halt(reason) : undefined)
  })
}
