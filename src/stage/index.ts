export { broadcastDispatcher } from './broadcast-dispatcher.ts'
export { type ConsumerSupervisorSource, defineConsumerSupervisor } from './consumer-supervisor.ts'
export { defineConsumer, defineProducer, defineProducerConsumer } from './define-stage.ts'
export type {
  Cancelled,
  ConsumerRef,
  ProducerConsumerRef,
  ProducerRef,
  Stage,
  SubscribeTo,
  Subscribing,
} from './definition.ts'
export { type DemandDispatcherOptions, demandDispatcher } from './demand-dispatcher.ts'
export { type Dispatcher, type Peer, type Refusal, type Send, type Step, step } from './dispatcher.ts'
export { GenStage } from './gen-stage.ts'
export type { DemandMode, OutletOptions, ProducerOptions } from './options.ts'
export { partitionDispatcher } from './partition-dispatcher.ts'
export type { PartitionDispatcherOptions, PartitionName } from './partitions.ts'
export type { BatchInfo } from './pipeline/batches.ts'
export { definePipeline, type Pipeline } from './pipeline/define-pipeline.ts'
export { messagesFrom, type PipelineInput } from './pipeline/input.ts'
export {
  type Acknowledger,
  type AckTicket,
  Message,
  type MessageOptions,
  type MessageStatus,
} from './pipeline/message.ts'
export {
  BatcherSpan,
  BatchSpan,
  FailedSpan,
  MessageSpan,
  PipelineFailure,
  PipelineStarting,
  ProcessorSpan,
} from './pipeline/pipeline.events.ts'
export type { PipelineRef } from './pipeline/pipeline-ref.ts'
export type { BatcherSource, PipelineSource } from './pipeline/pipeline-source.ts'
export type { RateLimiting } from './pipeline/rate-budget.ts'
export { type Acknowledged, IdleProducer, testMessages } from './pipeline/test-messages.ts'
export { automatic, manual, produce, replyAndProduce } from './results.ts'
export { type IterableOptions, iterableProducer } from './source/iterable-producer.ts'
export {
  type RabbitAnswer,
  type RabbitAnswers,
  type RabbitProducerOptions,
  rabbitProducer,
} from './source/rabbit-producer.ts'
export {
  EventsDiscarded,
  EventsInExcess,
  SourceConnected,
  SourceEnded,
  SourceLost,
  StageMisused,
} from './stage.events.ts'
export type { CancelMode, SubscribeOptions } from './subscription.ts'
