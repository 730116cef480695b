import { type Down, Reply, reply, Stop, stop } from '../otp/index.ts'
import { after, goOn, type Handler, type Table, type Wrapped, withFirst, wrap, wrapAll } from './answering.ts'
import {
  type Attempt,
  eventsArrive,
  producerCancels,
  producerDown,
  type SubscribeRequest,
  subscribe,
} from './consuming.ts'
import { andThen, type Eventually } from './eventually.ts'
import type {
  AskMessage,
  CancelMessage,
  EventsMessage,
  InfoMessage,
  LeaveMessage,
  SubscribeMessage,
} from './messages.ts'
import type { DemandMode } from './options.ts'
import {
  consumerAsks,
  consumerCancels,
  consumerDown,
  consumerSubscribes,
  leaveConsumers,
} from './producing.ts'
import type { Outcome, StageCore } from './stage-core.ts'

/** A subscription as part of something larger: only what ends the stage counts. */
export const halting = (attempt: Eventually<Attempt>): Outcome => andThen(attempt, ({ halt }) => halt)

/** Calls every stage answers beside the user's. */
export const CALLS = {
  $subscribe: (stage: StageCore, request: SubscribeRequest) =>
    andThen(subscribe(stage, request), ({ answer, halt }) => {
      if (!halt) return goOn(stage, new Reply(answer, stage, undefined))
      return halt.outcome instanceof Stop && answer ? stop(halt.outcome.reason, stage, answer) : halt.outcome
    }),
  $bufferedCount: (stage: StageCore) => {
    if (!stage.outlet) stage.misuse('a consumer has no buffer to count')
    return reply(stage.outlet?.buffered ?? 0, stage)
  },
  $info: (stage: StageCore, message: unknown) =>
    andThen(stage.info(message), (halt) => halt?.outcome ?? reply(undefined, stage)),
} as const

/** Casts every stage takes beside the user's. */
export const CASTS = {
  $subscribe: (stage: StageCore, request: SubscribeRequest) =>
    after(stage, halting(subscribe(stage, request))),
  $demand: (stage: StageCore, mode: DemandMode) => after(stage, stage.setDemandMode(mode)),
  $info: (stage: StageCore, message: unknown) => after(stage, stage.info(message)),
} as const

/** Messages between stages, and of a stage to itself. */
const PROTOCOL = {
  $subscribe: (stage: StageCore, message: SubscribeMessage) =>
    after(stage, consumerSubscribes(stage, message)),
  $ask: (stage: StageCore, message: AskMessage) => after(stage, consumerAsks(stage, message)),
  $demand: (stage: StageCore, { count }: { readonly count: number }) => after(stage, stage.demand(count)),
  $events: (stage: StageCore, message: EventsMessage) => after(stage, eventsArrive(stage, message)),
  $info: (stage: StageCore, { message }: InfoMessage) => after(stage, stage.pass(message)),
  $leave: (stage: StageCore, { reason }: LeaveMessage) => after(stage, leaveConsumers(stage, reason)),
  $cancel: (stage: StageCore, message: CancelMessage) =>
    after(
      stage,
      message.by === 'consumer' ? consumerCancels(stage, message) : producerCancels(stage, message),
    ),
} as const

/** The protocol's messages first; the rest is the user's, table or function. */
export function withProtocol(info: object = {}): Handler | Table {
  const own = typeof info === 'function' ? wrap(info as Handler) : wrapAll(info)
  const down = downHandler(typeof own === 'function' ? own : own['DOWN'])
  return withFirst({ ...PROTOCOL, DOWN: down } as Table, own as Handler | Table)
}

function downHandler(own: Wrapped | undefined): Wrapped {
  return (stage, message, ctx) => {
    const down = message as Down
    const met = producerDown(stage, down) ?? consumerDown(stage, down)
    if (met) return after(stage, met.outcome)
    return own ? own(stage, down, ctx) : goOn(stage)
  }
}
