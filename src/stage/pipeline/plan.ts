import { availableParallelism } from 'node:os'
import { Problem } from '../../kernel/index.ts'
import type { Key, RestartLimits } from '../../otp/index.ts'
import type { PipelineCode } from './code.ts'
import type { PipelineInput } from './input.ts'
import type { Message } from './message.ts'
import type { AnyPipeline, BatcherSource } from './pipeline-source.ts'
import type { RateLimiting } from './rate-budget.ts'

/** Everything about one pipeline, decided. */
export interface Plan extends RestartLimits {
  readonly name: string
  readonly code: PipelineCode
  readonly shutdownMs: number
  readonly resubscribeMs: number
  readonly producers: {
    readonly input: PipelineInput<unknown>
    readonly concurrency: number
    readonly rateLimiting: RateLimiting | undefined
  }
  readonly processors: {
    readonly concurrency: number
    readonly maxDemand: number
    readonly minDemand: number | undefined
    readonly partitionBy: ((message: Message) => Key) | undefined
  }
  readonly batchers: readonly BatcherPlan[]
}

/** One batcher, decided. */
export interface BatcherPlan {
  readonly name: string
  readonly batchSize: number
  readonly batchTimeoutMs: number
  readonly concurrency: number
  readonly maxDemand: number
  readonly partitionBy: ((message: Message) => Key) | undefined
}

/** Decides what the source leaves open. */
export function planFor(
  source: AnyPipeline,
  name: string,
  context: unknown,
  input: PipelineInput<unknown>,
): Plan {
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
export function checkPlan({ producers, processors, batchers, shutdownMs, resubscribeMs }: Plan): void {
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
