import { availableParallelism } from 'node:os'
import { emit, Problem } from '../../kernel/index.ts'
import {
  type ChildOptions,
  type ChildSpec,
  defaultRuntime,
  type Key,
  type RestartLimits,
  type Runtime,
  type StartOptions,
  Supervisor,
} from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'
import type { BatchInfo } from './batches.ts'
import type { PipelineCode } from './code.ts'
import type { PipelineInput } from './input.ts'
import type { Message } from './message.ts'
import { PipelineStarting } from './pipeline.events.ts'
import { PipelineRef } from './pipeline-ref.ts'
import type { RateLimiting } from './rate-budget.ts'
import { type BatcherPlan, type Plan, pipelineChildren } from './topology.ts'

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

/** Where a pipeline runs. */
export interface PipelineStart extends StartOptions {
  readonly name?: string | undefined
}

/** What `definePipeline` makes. */
export interface Pipeline<X> {
  readonly name: string
  startLink(...input: [...Context<X>, options?: PipelineStart]): Promise<PipelineRef>
  child(...input: [...Context<X>, options?: ChildOptions & { readonly name?: string }]): ChildSpec
  /** The running pipeline of that name. */
  at(name?: string, runtime?: Runtime): PipelineRef
}

type Context<X> = unknown extends X
  ? [context?: undefined]
  : undefined extends X
    ? [context?: X]
    : [context: X]

/**
 * Defines a pipeline: producers, processors that handle message by message,
 * batchers, and acknowledgement of every message to where it came from.
 */
export function definePipeline<In, Out, B extends string, X>(
  source: PipelineSource<In, Out, B, X>,
): Pipeline<X> {
  const planned = source as unknown as PipelineSource<unknown, unknown, string, unknown>
  checkPlan(
    planFor(planned, source.name, undefined, {
      source: undefined as never,
      args: undefined,
      transform: never,
    }),
  )
  const made: Pipeline<unknown> = {
    name: source.name,
    async startLink(context, { name = source.name, ...options } = {}) {
      const supervisor = await Supervisor.startLink(treeOf(planned, name, context), { ...options, name })
      return new PipelineRef(name, supervisor.runtime)
    },
    child(context, { name = source.name, ...options } = {}) {
      return Supervisor.child({ id: name, ...treeOf(planned, name, context), ...options, name })
    },
    at: (name = source.name, runtime = defaultRuntime()) => new PipelineRef(name, runtime),
  }
  return made as Pipeline<X>
}

type AnyPipeline = PipelineSource<unknown, unknown, string, unknown>

const never = (): never => {
  throw new Error('a plan that is only checked has no messages')
}

function treeOf(source: AnyPipeline, name: string, context: unknown) {
  const plan = planFor(source, name, context, source.producer.from(context))
  const { producers, processors, batchers, maxRestarts, maxSeconds } = plan
  emit(PipelineStarting, {
    pipeline: name,
    producers: producers.concurrency,
    processors: processors.concurrency,
    batchers: batchers.map((batcher) => batcher.name),
  })
  return { strategy: 'rest_for_one', maxRestarts, maxSeconds, children: pipelineChildren(plan) } as const
}

function planFor(source: AnyPipeline, name: string, context: unknown, input: PipelineInput<unknown>): Plan {
  const { producer, processors = {}, shutdownMs = 30_000, resubscribeMs = 100 } = source
  return {
    name,
    code: codeOf(source, name, context),
    shutdownMs,
    resubscribeMs,
    maxRestarts: source.maxRestarts,
    maxSeconds: source.maxSeconds,
    producers: { input, concurrency: producer.concurrency ?? 1, rateLimiting: producer.rateLimiting },
    processors: {
      concurrency: processors.concurrency ?? 2 * availableParallelism(),
      maxDemand: processors.maxDemand ?? 10,
      minDemand: processors.minDemand,
      partitionBy: processors.partitionBy,
    },
    batchers: Object.entries(source.batchers ?? {}).map(([batcher, one]) => batcherPlan(batcher, one)),
  }
}

function batcherPlan(name: string, source: BatcherSource<unknown, unknown>): BatcherPlan {
  const { batchSize = 100, batchTimeoutMs = 1_000, concurrency = 1, partitionBy } = source
  return {
    name,
    batchSize,
    batchTimeoutMs,
    concurrency,
    partitionBy,
    maxDemand: source.maxDemand ?? batchSize,
  }
}

function codeOf(source: AnyPipeline, pipeline: string, context: unknown): PipelineCode {
  const { prepareMessages, handleMessage, handleFailed, batchers = {} } = source
  const handlers = Object.entries(batchers).map(([name, { handleBatch }]) => [name, handleBatch] as const)
  return {
    pipeline,
    context,
    prepareMessages,
    handleMessage: handleMessage as PipelineCode['handleMessage'],
    handleFailed,
    batchers: new Map(handlers),
  }
}

/** Numbers that make no sense are refused when the pipeline is defined, by name. */
function checkPlan({ producers, processors, batchers, shutdownMs, resubscribeMs }: Plan): void {
  const { rateLimiting } = producers
  const atLeast: readonly (readonly [string, number, number])[] = [
    ['producer.concurrency', producers.concurrency, 1],
    ['processors.concurrency', processors.concurrency, 1],
    ['processors.maxDemand', processors.maxDemand, 1],
    ['processors.minDemand', processors.minDemand ?? 0, 0],
    ['shutdownMs', shutdownMs, 0],
    ['resubscribeMs', resubscribeMs, 0],
    ...(rateLimiting
      ? ([
          ['producer.rateLimiting.allowedMessages', rateLimiting.allowedMessages, 1],
          ['producer.rateLimiting.intervalMs', rateLimiting.intervalMs, 1],
        ] as const)
      : []),
    ...batchers.flatMap(
      ({ name, batchSize, batchTimeoutMs, concurrency, maxDemand }) =>
        [
          [`batchers.${name}.batchSize`, batchSize, 1],
          [`batchers.${name}.batchTimeoutMs`, batchTimeoutMs, 1],
          [`batchers.${name}.concurrency`, concurrency, 1],
          [`batchers.${name}.maxDemand`, maxDemand, 1],
        ] as const,
    ),
  ]
  for (const [field, value, least] of atLeast) {
    if (Number.isSafeInteger(value) && value >= least) continue
    throw new Problem('bad_pipeline', `${field} must be an integer of ${least} or more, got: ${value}`, {
      field,
    })
  }
  const { minDemand = 0, maxDemand } = processors
  if (minDemand < maxDemand) return
  throw new Problem(
    'bad_pipeline',
    `processors.minDemand must be less than maxDemand, ${maxDemand}, got: ${minDemand}`,
    {
      field: 'processors.minDemand',
    },
  )
}
