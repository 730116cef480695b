import type {
  ConsumerRef,
  ConsumerSource,
  DemandHandler,
  EventsOf,
  EventsOfAll,
  ProducerConsumerRef,
  ProducerConsumerSource,
  ProducerRef,
  ProducerSource,
  Stage,
  StageCalls,
  StageCasts,
  StageInfo,
  StageResult,
  StageState,
} from './definition.ts'
import type { Eventually } from './eventually.ts'
import { type Role, type RoleSource, stageServer } from './stage.server.ts'

/** Events a producer keeps when nobody asks for them. */
const PRODUCER_BUFFER = 10_000

/**
 * Defines a stage that makes events when they are asked for. The type of its
 * events is inferred from what its handlers `produce`.
 */
export function defineProducer<
  A,
  I,
  C extends StageCalls<StageState<I>>,
  K extends StageCasts<StageState<I>>,
  M extends StageInfo<StageState<I>>,
  N extends StageCasts<StageState<I>>,
  D extends DemandHandler<StageState<I>>,
>(
  source: ProducerSource<A, I, C, K, M, N, D>,
): Stage<
  A,
  C,
  K,
  ProducerRef<EventsOf<D> | EventsOfAll<C> | EventsOfAll<K> | EventsOfAll<M> | EventsOfAll<N>, C, K>
> {
  return define(source, { consumes: false, bufferSize: PRODUCER_BUFFER })
}

/**
 * Defines a stage that turns events into other events, and works only when its
 * consumers ask. What it takes is what `handleEvents` is annotated with.
 */
export function defineProducerConsumer<
  A,
  I,
  C extends StageCalls<StageState<I>>,
  K extends StageCasts<StageState<I>>,
  M extends StageInfo<StageState<I>>,
  N extends StageCasts<StageState<I>>,
  In,
  R extends Eventually<StageResult<StageState<I>>>,
>(
  source: ProducerConsumerSource<A, I, C, K, M, N, In, R>,
): Stage<
  A,
  C,
  K,
  ProducerConsumerRef<
    In,
    EventsOf<() => R> | EventsOfAll<C> | EventsOfAll<K> | EventsOfAll<M> | EventsOfAll<N>,
    C,
    K
  >
> {
  return define(source, { consumes: true, bufferSize: Number.POSITIVE_INFINITY })
}

/** Defines a stage that takes events, at its own pace. */
export function defineConsumer<
  A,
  I,
  C extends StageCalls<StageState<I>>,
  K extends StageCasts<StageState<I>>,
  M extends StageInfo<StageState<I>>,
  N extends StageCasts<StageState<I>>,
  In,
  R extends Eventually<StageResult<StageState<I>>>,
>(source: ConsumerSource<A, I, C, K, M, N, In, R>): Stage<A, C, K, ConsumerRef<In, C, K>> {
  return define(source, { consumes: true, bufferSize: undefined })
}

const define = <R>(source: object, role: Role): R =>
  Object.assign(stageServer(source as RoleSource, role), { source }) as unknown as R
