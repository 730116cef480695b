import type { Key, RestartLimits } from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'
import type { BatchInfo } from './batches.ts'
import type { PipelineInput } from './input.ts'
import type { Message } from './message.ts'
import type { RateLimiting } from './rate-budget.ts'

/** One batcher and what is done with its batches. Counts are messages. */
export interface BatcherSource<Out, X> {
  /** 100 by default. */
  readonly batchSize?: number | undefined
  /** Longest wait of the first message of a batch; 1000 by default. */
  readonly batchTimeoutMs?: number | undefined
  /** Batches handled at once; 1 by default. */
  readonly concurrency?: number | undefined
  /** Most messages asked for; `batchSize` by default. */
  readonly maxDemand?: number | undefined
  /** Batches of equal keys are handled by the same processor, in order. */
  readonly partitionBy?: ((message: Message<Out>) => Key) | undefined
  /** Must return all messages it was given; one left out is never acknowledged. */
  readonly handleBatch: (
    messages: readonly Message<Out>[],
    info: BatchInfo,
    context: X,
  ) => Eventually<readonly Message[]>
}

/** What `definePipeline` takes. `context` is what the pipeline is started with. */
export interface PipelineSource<In, Out, B extends string, X> extends RestartLimits {
  /** Registered name of the supervisor, and first part of all other names. */
  readonly name: string
  readonly producer: {
    readonly from: (context: X) => PipelineInput<In>
    /** 1 by default. */
    readonly concurrency?: number | undefined
    /** For all producers together. */
    readonly rateLimiting?: RateLimiting | undefined
  }
  readonly processors?: {
    /** Twice the number of cores by default. */
    readonly concurrency?: number | undefined
    /** 10 by default. */
    readonly maxDemand?: number | undefined
    /** Half of `maxDemand` by default. */
    readonly minDemand?: number | undefined
    /** Messages of equal keys are handled by the same processor, in order. */
    readonly partitionBy?: ((message: Message<In>) => Key) | undefined
  }
  /** Sees the messages of a chunk before they are handled; must return as many. */
  readonly prepareMessages?: (
    messages: readonly Message<In>[],
    context: X,
  ) => Eventually<readonly Message<In>[]>
  /** What it throws fails the message. With batchers, it names one: `message.putBatcher('slow')`. */
  readonly handleMessage: (
    message: Message<In, 'default'>,
    context: X,
  ) => Eventually<Message<Out, NoInfer<B>>>
  /** Sees what failed before it is acknowledged; cannot make it good again. */
  readonly handleFailed?: (messages: readonly Message[], context: X) => Eventually<readonly Message[]>
  readonly batchers?: { readonly [N in B]: BatcherSource<Out, X> }
  /** Longest wait for what is in flight at the end; 30,000 by default. */
  readonly shutdownMs?: number | undefined
  /** Pause before a restarted producer is subscribed to again; 100 by default. */
  readonly resubscribeMs?: number | undefined
}

/** A pipeline with its types forgotten. */
export type AnyPipeline = PipelineSource<unknown, unknown, string, unknown>
