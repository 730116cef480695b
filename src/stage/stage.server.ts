import { type Context, defineServer, FailInit, failInit, Ignore, Stop } from '../otp/index.ts'
import { wrapAll } from './answering.ts'
import { subscribe } from './consuming.ts'
import type { SubscribeTo } from './definition.ts'
import { andThen, type Eventually, firstOf } from './eventually.ts'
import { Inlet } from './inlet.ts'
import { outgoing, type ProducerOptions } from './options.ts'
import { Outlet } from './outlet.ts'
import { CALLS, CASTS, halting, withProtocol } from './protocol.ts'
import { type AnySource, type Halt, StageCore } from './stage-core.ts'

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
    info: withProtocol(source.info) as never,
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
