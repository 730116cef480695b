import { defineEvent, defineSpan } from '../../kernel/index.ts'
import type { BatchInfo } from './batches.ts'
import type { Message } from './message.ts'

interface AboutPipeline {
  readonly pipeline: string
}

interface AboutStage extends AboutPipeline {
  /** Registered name of the stage. */
  readonly name: string
}

/** A pipeline was put together and is about to start. */
export const PipelineStarting = defineEvent<
  AboutPipeline & {
    readonly producers: number
    readonly processors: number
    readonly batchers: readonly string[]
  }
>('pipeline.topology.init')

/** A processor works on what it was given. */
export const ProcessorSpan = defineSpan<
  AboutStage & { readonly messages: readonly Message[] },
  AboutStage & { readonly successful: readonly Message[]; readonly failed: readonly Message[] }
>('pipeline.processor')

/** `handleMessage` works on one message. */
export const MessageSpan = defineSpan<
  AboutStage & { readonly message: Message },
  AboutStage & { readonly message: Message }
>('pipeline.processor.message')

/** A batcher puts messages together. */
export const BatcherSpan = defineSpan<AboutStage & { readonly messages: readonly Message[] }, AboutStage>(
  'pipeline.batcher',
)

/** `handleBatch` works on one batch. */
export const BatchSpan = defineSpan<
  AboutStage & { readonly messages: readonly Message[]; readonly info: BatchInfo },
  AboutStage & {
    readonly successful: readonly Message[]
    readonly failed: readonly Message[]
    readonly info: BatchInfo
  }
>('pipeline.batch_processor')

/** `handleFailed` looks at what failed. */
export const FailedSpan = defineSpan<AboutStage & { readonly messages: readonly Message[] }, AboutStage>(
  'pipeline.handle_failed',
)

/** Code of the pipeline's owner failed, or broke a promise; the pipeline goes on. */
export const PipelineFailure = defineEvent<
  AboutStage & {
    readonly during: 'prepare_messages' | 'handle_message' | 'handle_batch' | 'handle_failed' | 'ack'
    readonly error: unknown
  }
>('pipeline.failure')
