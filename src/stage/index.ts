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
export {
  type PartitionDispatcherOptions,
  type PartitionName,
  partitionDispatcher,
} from './partition-dispatcher.ts'
export { automatic, manual, produce, replyAndProduce } from './results.ts'
export { stableHash } from './stable-hash.ts'
export { EventsDiscarded, EventsInExcess, StageMisused } from './stage.events.ts'
export type { CancelMode, SubscribeOptions } from './subscription.ts'
