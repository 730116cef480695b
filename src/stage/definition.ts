import type {
  CallHandlers,
  CastHandlers,
  Context,
  Dest,
  ExitReason,
  FailInit,
  Ignore,
  InfoFunction,
  InfoMap,
  Next,
  NoReply,
  Runtime,
  Server,
  ServerRef,
  Stop,
} from '../otp/index.ts'
import type { Peer } from './dispatcher.ts'
import type { Eventually } from './eventually.ts'
import type { OutletOptions, ProducerOptions } from './options.ts'
import type { Produce, ReplyAndProduce, Subscribed } from './results.ts'
import type { SubscribeOptions } from './subscription.ts'

declare const OUT: unique symbol
declare const IN: unique symbol

/** A stage that gives events of type `Out`. */
export interface Produces<Out> {
  readonly [OUT]: Out
}

/** A stage that takes events of type `In`. */
export interface Consumes<In> {
  readonly [IN]: (event: In) => void
}

/** Reference to a producer; subscribe consumers of the same events to it. */
export type ProducerRef<Out, C = unknown, K = unknown> = ServerRef<C, K> & Produces<Out>

/** Reference to a consumer. */
export type ConsumerRef<In, C = unknown, K = unknown> = ServerRef<C, K> & Consumes<In>

/** Reference to a stage in the middle. */
export type ProducerConsumerRef<In, Out, C = unknown, K = unknown> = ServerRef<C, K> &
  Produces<Out> &
  Consumes<In>

/** What is subscribed to, and how. */
export interface SubscribeTo<E> extends SubscribeOptions<E> {
  readonly to: ProducerRef<E>
}

/** The state of a stage, from what its `init` returns. */
export type StageState<I> = Exclude<Awaited<I>, Ignore | FailInit>

/** What handlers other than calls return: `noreply`, `produce` or `stop`. */
export type StageResult<S> = NoReply<S> | Stop<S>

/** What `handleSubscribe` is told. */
export interface Subscribing {
  /** What the other end is to this stage. */
  readonly role: 'producer' | 'consumer'
  readonly peer: Peer
  readonly options: SubscribeOptions
}

/** What `handleCancel` is told. */
export interface Cancelled {
  readonly role: 'producer' | 'consumer'
  readonly peer: Peer
  /** `down` when the other end died. */
  readonly kind: 'cancel' | 'down'
  readonly reason: ExitReason
}

/** What all stages have in common with servers, and with each other. */
export interface StageSource<A, I, C, K, M, N> {
  /** What this stage is, for reports and trees; not a registered name. */
  readonly name: string
  readonly init: (args: A, ctx: Context) => I
  readonly start?: (state: StageState<I>, ctx: Context) => Next | undefined
  readonly calls?: C
  readonly casts?: K
  readonly info?: M
  readonly continues?: N
  readonly terminate?: (reason: ExitReason, state: StageState<I>, ctx: Context) => unknown
  readonly formatStatus?: (state: StageState<I>) => unknown
  /** Every new subscription; `automatic` without this. */
  readonly handleSubscribe?: (
    state: StageState<I>,
    subscribing: Subscribing,
    ctx: Context,
  ) => Eventually<Subscribed<StageState<I>> | Stop<StageState<I>>>
  /** Every subscription that ended. */
  readonly handleCancel?: (
    state: StageState<I>,
    cancelled: Cancelled,
    ctx: Context,
  ) => Eventually<StageResult<StageState<I>>>
  /** Whether dropped events are announced as `stage.events.discarded`; true without this. */
  readonly formatDiscarded?: (discarded: number, state: StageState<I>) => boolean
}

/** Called with new demand; demand that is not met now is the stage's to remember. */
export type DemandHandler<S> = (state: S, demand: number, ctx: Context) => Eventually<StageResult<S>>

/** Called with at most `maxDemand - minDemand` events; `from` is the subscription. */
export type EventsHandler<S, In> = (
  state: S,
  events: readonly In[],
  ctx: Context,
  from: Peer,
) => Eventually<StageResult<S>>

/** What `defineProducer` takes. */
export interface ProducerSource<A, I, C, K, M, N, D> extends StageSource<A, I, C, K, M, N> {
  readonly handleDemand: D
  /** In a pipeline that is about to end: stop what brings new events, hand out what is here. */
  readonly prepareForDraining?: (state: StageState<I>, ctx: Context) => Eventually<StageResult<StageState<I>>>
  readonly options?: (state: StageState<I>, ctx: Context) => ProducerOptions
}

/** What `defineConsumer` takes. */
export interface ConsumerSource<A, I, C, K, M, N, In, R> extends StageSource<A, I, C, K, M, N> {
  readonly handleEvents: (state: StageState<I>, events: readonly In[], ctx: Context, from: Peer) => R
  /** Subscriptions made by `init`, in order. */
  readonly subscribeTo?: (state: StageState<I>, ctx: Context) => readonly SubscribeTo<NoInfer<In>>[]
}

/** What `defineProducerConsumer` takes. */
export interface ProducerConsumerSource<A, I, C, K, M, N, In, R>
  extends ConsumerSource<A, I, C, K, M, N, In, R> {
  readonly options?: (state: StageState<I>, ctx: Context) => OutletOptions
}

/** Call handlers of a stage: they may produce, too. */
export type StageCalls<S> = CallHandlers<S>
/** Cast and continue handlers of a stage. */
export type StageCasts<S> = CastHandlers<S>
/** Handlers of all other messages. */
export type StageInfo<S> = InfoMap<S> | InfoFunction<S>

type Given<H> = string extends keyof H ? never : H[keyof H]
type Produced<R> = R extends Produce<infer E, unknown> | ReplyAndProduce<unknown, infer E, unknown>
  ? E
  : never

/** The events in what a handler returns. */
export type EventsOf<H> = H extends (...input: never) => infer R ? Produced<Awaited<R>> : never

/** The events of a table of handlers, or of the one function that stands for it. */
export type EventsOfAll<T> = T extends (...input: never) => unknown ? EventsOf<T> : EventsOf<Given<T>>

/** What the `define` functions make: a server whose references know their events. */
export interface Stage<A, C, K, R> extends Pick<Server<A, C, K>, 'name' | 'child'> {
  /** The definition as written, for those who build on it. */
  readonly source: object
  startLink(...input: Parameters<Server<A, C, K>['startLink']>): Promise<R>
  start(...input: Parameters<Server<A, C, K>['start']>): Promise<R>
  at(dest: Dest, runtime?: Runtime): R
}
