import { type ChildSpec, type Key, Supervisor } from '../../otp/index.ts'
import { demandDispatcher } from '../demand-dispatcher.ts'
import type { AnyDispatcher } from '../dispatcher.ts'
import { partitionDispatcher } from '../partition-dispatcher.ts'
import { type Batch, partitionOf } from './batches.ts'
import type { Message } from './message.ts'
import type { BatcherPlan, Plan } from './plan.ts'
import { type ProducerSetup, producerStage } from './producer-stage.ts'
import { RateBudget } from './rate-budget.ts'
import { RateLimiter } from './rate-limiter.server.ts'
import { Batcher, BatchProcessor, LastProcessor, Processor } from './stages.ts'
import { Terminator } from './terminator.server.ts'

/** The registered names in a pipeline. */
export const nameOf = {
  limiter: (name: string) => `${name}.rate_limiter`,
  producers: (name: string) => `${name}.producers`,
  producer: (name: string, index: number) => `${name}.producer.${index}`,
  processors: (name: string) => `${name}.processors`,
  processor: (name: string, index: number) => `${name}.processor.${index}`,
  batchers: (name: string) => `${name}.batchers`,
  batcher: (name: string, batcher: string) => `${name}.batcher.${batcher}`,
  batchProcessor: (name: string, batcher: string, index: number) =>
    `${name}.batch_processor.${batcher}.${index}`,
  terminator: (name: string) => `${name}.terminator`,
} as const

/**
 * The children of a pipeline's supervisor, in start order. Its strategy is
 * rest_for_one: when a layer dies, it and all behind it start anew, so that no
 * stage ever talks to one that lost its memory.
 */
export function pipelineChildren(plan: Plan): readonly ChildSpec[] {
  const { name, producers, batchers } = plan
  const { rateLimiting } = producers
  const budget = rateLimiting && new RateBudget(rateLimiting.allowedMessages)
  const names = Array.from({ length: producers.concurrency }, (_, index) => nameOf.producer(name, index))
  const limiter = budget && { budget, limiting: rateLimiting, producers: names }
  return [
    ...(limiter ? [RateLimiter.child(limiter, named(nameOf.limiter(name)))] : []),
    producerLayer(plan, names, budget),
    processorLayer(plan, names),
    ...(batchers.length > 0 ? [batcherLayer(plan)] : []),
    terminator(plan, names),
  ]
}

const named = (name: string, shutdown?: number) => ({ id: name, name, shutdown })

/** Restarts are common where the outside is, so this layer has patience: two per producer and second. */
const patient = (children: readonly ChildSpec[]) =>
  ({
    strategy: 'one_for_one',
    maxRestarts: 2 * children.length,
    maxSeconds: children.length,
    children,
  }) as const

/** All or none, and no second try here: the layer goes down with the first crash. */
const together = (children: readonly ChildSpec[]) =>
  ({ strategy: 'one_for_all', maxRestarts: 0, children }) as const

function producerLayer(plan: Plan, names: readonly string[], budget: RateBudget | undefined): ChildSpec {
  const { input } = plan.producers
  const { partitionBy, concurrency } = plan.processors
  const setup: ProducerSetup = { input, budget, dispatcher: byKey(partitionBy, concurrency) }
  const stage = producerStage(setup)
  // A source that came to its end is not started again: a file would be read twice.
  const place = { restart: 'transient', shutdown: plan.shutdownMs } as const
  const children = names.map((name) => stage.child(input.args as undefined, { id: name, name, ...place }))
  return Supervisor.child({
    ...named(nameOf.producers(plan.name)),
    shutdown: 'infinity',
    ...patient(children),
  })
}

function processorLayer(plan: Plan, producers: readonly string[]): ChildSpec {
  const { name, code, processors, batchers, shutdownMs, resubscribeMs } = plan
  const { concurrency, maxDemand, minDemand } = processors
  const children = Array.from({ length: concurrency }, (_, index) => {
    // Each begins with another producer, so that none is everybody's first.
    const names = [
      ...producers.slice(index % producers.length),
      ...producers.slice(0, index % producers.length),
    ]
    const subscription = { maxDemand, minDemand, partition: index }
    const upstream = { names, subscription, resubscribeMs }
    const place = named(nameOf.processor(name, index), shutdownMs)
    if (batchers.length === 0) return LastProcessor.child({ upstream, code }, place)
    return Processor.child({ upstream, code, dispatcher: byBatcher(batchers) }, place)
  })
  return Supervisor.child({ ...named(nameOf.processors(name)), shutdown: 'infinity', ...together(children) })
}

function batcherLayer(plan: Plan): ChildSpec {
  const children = plan.batchers.map((batcher) => batcherWithProcessors(plan, batcher))
  return Supervisor.child({
    ...named(nameOf.batchers(plan.name)),
    shutdown: 'infinity',
    ...patient(children),
  })
}

function batcherWithProcessors(plan: Plan, batcher: BatcherPlan): ChildSpec {
  const { name, code, shutdownMs } = plan
  const own = nameOf.batcher(name, batcher.name)
  const children = Array.from({ length: batcher.concurrency }, (_, index) => {
    const subscription = { maxDemand: 1, minDemand: 0, partition: index }
    const upstream = { names: [own], subscription, resubscribeMs: undefined }
    return BatchProcessor.child(
      { upstream, code },
      named(nameOf.batchProcessor(name, batcher.name, index), shutdownMs),
    )
  })
  return Supervisor.child({
    id: `${own}.supervisor`,
    strategy: 'rest_for_one',
    maxRestarts: 4,
    maxSeconds: 2,
    children: [
      batcherStage(plan, batcher, own),
      Supervisor.child({ id: `${own}.processors`, ...together(children) }),
    ],
  })
}

function batcherStage(plan: Plan, batcher: BatcherPlan, own: string): ChildSpec {
  const { batchSize, batchTimeoutMs, concurrency, partitionBy, maxDemand } = batcher
  const names = Array.from({ length: plan.processors.concurrency }, (_, index) =>
    nameOf.processor(plan.name, index),
  )
  const upstream = { names, subscription: { maxDemand, partition: batcher.name }, resubscribeMs: undefined }
  const dispatcher = partitionBy
    ? partitionDispatcher<Batch>({ partitions: concurrency, hash: ({ info }) => info.partition })
    : demandDispatcher()
  const batching = {
    pipeline: plan.name,
    batcher: batcher.name,
    batchSize,
    batchTimeoutMs,
    partitionOf: partitionBy && ((message: Message) => partitionOf(partitionBy(message), concurrency)),
  }
  return Batcher.child({ upstream, code: plan.code, dispatcher, batching }, named(own, plan.shutdownMs))
}

function terminator(plan: Plan, producers: readonly string[]): ChildSpec {
  const {
    name,
    batchers,
    processors: { concurrency },
  } = plan
  const processors = Array.from({ length: concurrency }, (_, index) => nameOf.processor(name, index))
  const last = batchers.flatMap((batcher) =>
    Array.from({ length: batcher.concurrency }, (_, index) =>
      nameOf.batchProcessor(name, batcher.name, index),
    ),
  )
  const layers = [
    nameOf.producers(name),
    nameOf.processors(name),
    ...(plan.producers.rateLimiting ? [nameOf.limiter(name)] : []),
    ...(batchers.length > 0 ? [nameOf.batchers(name)] : []),
  ]
  const args = { layers, producers, processors, last: last.length > 0 ? last : processors }
  return Terminator.child(args, named(nameOf.terminator(name), plan.shutdownMs))
}

function byKey(partitionBy: ((message: Message) => Key) | undefined, count: number): AnyDispatcher {
  if (!partitionBy) return demandDispatcher()
  return partitionDispatcher<Message>({
    partitions: count,
    hash: (message) => partitionOf(partitionBy(message), count),
  })
}

function byBatcher(batchers: readonly BatcherPlan[]): AnyDispatcher {
  if (batchers.length === 1) return demandDispatcher()
  const partitions = batchers.map(({ name }) => name)
  return partitionDispatcher<Message>({ partitions, hash: ({ batcher }) => batcher })
}
