import type { Down } from '../otp/index.ts'
import { andThen, firstOf } from './eventually.ts'
import { cancelled, subscribed } from './hooks.ts'
import { type AskMessage, type CancelMessage, type SubscribeMessage, sendCancel } from './messages.ts'
import { Halt, type Outcome, type StageCore } from './stage-core.ts'

/** A consumer wants in; a subscription it replaces is ended first. */
export function consumerSubscribes(stage: StageCore, { from, options, replaces }: SubscribeMessage): Outcome {
  const { outlet, ctx } = stage
  if (!outlet) return stage.misuse(`a consumer cannot be subscribed to, and ${from.pid.id} tried`)
  if (outlet.has(from.ref)) {
    sendCancel(ctx, 'producer', ctx.self, from, 'duplicated_subscription')
    return stage.misuse(`${from.pid.id} subscribed twice as ${from.ref}`)
  }
  const welcome = (): Outcome =>
    andThen(subscribed(stage, { role: 'consumer', peer: from, options }), (answer) =>
      answer instanceof Halt ? answer : stage.demand(outlet.subscribe(from, options)),
    )
  if (!replaces) return welcome()
  return andThen(consumerEnds(stage, replaces.ref, 'cancel', replaces.reason), (halt) => halt ?? welcome())
}

/** A consumer wants more. */
export function consumerAsks(stage: StageCore, { from, count }: AskMessage): Outcome {
  const { outlet, ctx } = stage
  if (outlet?.has(from.ref)) return stage.demand(outlet.ask(from.ref, count))
  sendCancel(ctx, 'producer', ctx.self, from, 'unknown_subscription')
  return undefined
}

/** A consumer leaves. */
export function consumerCancels(stage: StageCore, { from, reason }: CancelMessage): Outcome {
  return consumerEnds(stage, from.ref, 'cancel', reason)
}

/** Ends all subscriptions of consumers: nothing will come any more. */
export function leaveConsumers(stage: StageCore, reason: unknown): Outcome {
  return firstOf(stage.outlet?.peers ?? [], ({ ref }) => consumerEnds(stage, ref, 'cancel', reason))
}

/** Whether a monitor was one of this side's; a consumer that died leaves. */
export function consumerDown(stage: StageCore, down: Down): { readonly outcome: Outcome } | undefined {
  const peer = stage.outlet?.watchedBy(down.ref)
  return peer && { outcome: consumerEnds(stage, peer.ref, 'down', down.reason) }
}

/** The stage's code hears of it before the dispatcher does: that may bring new demand. */
function consumerEnds(stage: StageCore, ref: string, kind: 'cancel' | 'down', reason: unknown): Outcome {
  const { outlet } = stage
  const peer = outlet?.remove(ref, reason)
  if (!outlet || !peer) return undefined
  return andThen(
    cancelled(stage, { role: 'consumer', peer, kind, reason: reason as string | object }),
    (halt) => halt ?? stage.demand(outlet.settleCancel(ref)),
  )
}
