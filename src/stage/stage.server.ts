import {
  type Context,
  type Down,
  defineServer,
  FailInit,
  failInit,
  Ignore,
  noreply,
  Reply,
  reply,
  Stop,
  stop,
} from '../otp/index.ts'
import {
  type Attempt,
  eventsArrive,
  producerCancels,
  producerDown,
  type SubscribeRequest,
  subscribe,
} from './consuming.ts'
import type { SubscribeTo } from './definition.ts'
import { andThen, type Eventually, firstOf } from './eventually.ts'
import { Inlet } from './inlet.ts'
import type { AskMessage, CancelMessage, EventsMessage, SubscribeMessage } from './messages.ts'
import { type DemandMode, outgoing, type ProducerOptions } from './options.ts'
import { Outlet } from './outlet.ts'
import { consumerAsks, consumerCancels, consumerDown, consumerSubscribes } from './producing.ts'
import { type AnySource, Halt, type Outcome, StageCore } from './stage-core.ts'

/** What a stage is, beside what its definition says. */
export interface Role {
  readonly consumes: boolean
  /** Buffer size without another word; undefined for consumers. */
  readonly bufferSize: number | undefined
}

/** A definition with options, of any role. */
export interface RoleSource extends AnySource {
  readonly options?: (state: unknown, ctx: Context) => ProducerOptions
  readonly subscribeTo?: (state: unknown, ctx: Context) => readonly SubscribeTo<never>[]
}

type Handler = (user: unknown, argument: unknown, ctx: Context) => unknown
type Wrapped = (stage: StageCore, argument: unknown, ctx: Context) => unknown

/**
 * The server behind every stage: the user's handlers wrapped, the protocol's
 * messages beside them. Owns subscriptions, demand and buffer; all of it is gone
 * after a crash, and consumers subscribe anew.
 */
export function stageServer(source: RoleSource, role: Role) {
  return defineServer({
    name: source.name,
    init: (args: unknown, ctx: Context) => begin(source, role, args, ctx),
    ...(source.start && { start: (stage: StageCore, ctx: Context) => source.start?.(stage.user, ctx) }),
    calls: { ...wrapAll(source.calls), ...CALLS } as object as Record<string, never>,
    casts: { ...wrapAll(source.casts), ...CASTS } as object as Record<string, never>,
    info: infoOf(source) as never,
    continues: wrapAll(source.continues) as Record<string, never>,
    terminate: (reason, stage: StageCore, ctx) => source.terminate?.(reason, stage.user, ctx),
    formatStatus: (stage: StageCore) => source.formatStatus?.(stage.user) ?? stage.user,
  })
}

function begin(
  source: RoleSource,
  role: Role,
  args: unknown,
  ctx: Context,
): Eventually<StageCore | FailInit | Ignore> {
  return andThen<unknown, StageCore | FailInit | Ignore>(source.init(args, ctx), (user) =>
    user instanceof Ignore || user instanceof FailInit ? user : equip(source, role, user, ctx),
  )
}

function equip(
  source: RoleSource,
  role: Role,
  user: unknown,
  ctx: Context,
): Eventually<StageCore | FailInit> {
  const stage = new StageCore(source, ctx, user, role.consumes ? new Inlet(ctx) : undefined)
  if (role.bufferSize !== undefined) {
    const options = outgoing(source.options?.(user, ctx) ?? {}, role.bufferSize)
    if (!options.ok) return failInit({ bad_opts: options.message })
    stage.outlet = new Outlet(options.value, ctx, stage)
    if (!role.consumes) void stage.setDemandMode(options.value.demand)
  }
  const wishes = source.subscribeTo?.(user, ctx) ?? []
  const subscribed = firstOf(wishes, ({ to, ...options }) => halting(subscribe(stage, { to, options })))
  return andThen<Halt | undefined, StageCore | FailInit>(subscribed, (halt) =>
    halt ? failInit(reasonOf(halt)) : stage,
  )
}

const reasonOf = ({ outcome }: Halt) =>
  outcome instanceof Stop ? outcome.reason : { bad_return_value: outcome }

/** A subscription as part of something larger: only what ends the stage counts. */
const halting = (attempt: Eventually<Attempt>): Outcome => andThen(attempt, ({ halt }) => halt)

const CALLS = {
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

const CASTS = {
  $subscribe: (stage: StageCore, request: SubscribeRequest) =>
    after(stage, halting(subscribe(stage, request))),
  $demand: (stage: StageCore, mode: DemandMode) => after(stage, stage.setDemandMode(mode)),
  $info: (stage: StageCore, message: unknown) => after(stage, stage.info(message)),
} as const

const PROTOCOL = {
  $subscribe: (stage: StageCore, message: SubscribeMessage) =>
    after(stage, consumerSubscribes(stage, message)),
  $ask: (stage: StageCore, message: AskMessage) => after(stage, consumerAsks(stage, message)),
  $demand: (stage: StageCore, { count }: { readonly count: number }) => after(stage, stage.demand(count)),
  $events: (stage: StageCore, message: EventsMessage) => after(stage, eventsArrive(stage, message)),
  $cancel: (stage: StageCore, message: CancelMessage) =>
    after(
      stage,
      message.by === 'consumer' ? consumerCancels(stage, message) : producerCancels(stage, message),
    ),
} as const

/** Tells the server to go on, unless something ends the stage. */
function after(stage: StageCore, outcome: Outcome): unknown {
  return andThen<Halt | undefined, unknown>(outcome, (halt) => (halt ? halt.outcome : goOn(stage)))
}

/** With what the last of the user's handlers wants done next. */
function goOn(stage: StageCore, answer?: unknown): unknown {
  const { next } = stage
  stage.next = undefined
  return answer instanceof Reply ? reply(answer.value, stage, next) : noreply(stage, next)
}

function wrap(handler: Handler): Wrapped {
  return (stage, argument, ctx) =>
    andThen<unknown, unknown>(handler(stage.user, argument, ctx), (result) => {
      const halt = stage.take(result)
      return halt ? halt.outcome : goOn(stage, result)
    })
}

function wrapAll(handlers: object = {}): Readonly<Record<string, Wrapped>> {
  const entries = Object.entries(handlers as Record<string, Handler>)
  return Object.fromEntries(entries.map(([name, handler]) => [name, wrap(handler)]))
}

/** The protocol's messages first; the rest is the user's, table or function. */
function infoOf({ info }: RoleSource): unknown {
  if (typeof info !== 'function') {
    const own = wrapAll(info)
    return { ...own, ...PROTOCOL, DOWN: downHandler(own['DOWN']) }
  }
  const own = wrap(info as Handler)
  const protocol = new Map<unknown, unknown>(Object.entries({ ...PROTOCOL, DOWN: downHandler(own) }))
  return (stage: StageCore, message: unknown, ctx: Context) => {
    const type = (message as { readonly type?: unknown } | null | undefined)?.type
    const handler = (protocol.get(type) ?? own) as Wrapped
    return handler(stage, message, ctx)
  }
}

function downHandler(own: Wrapped | undefined): Wrapped {
  return (stage, message, ctx) => {
    const down = message as Down
    const met = producerDown(stage, down) ?? consumerDown(stage, down)
    if (met) return after(stage, met.outcome)
    return own ? own(stage, down, ctx) : goOn(stage)
  }
}
