import { type Context, type From, later, noreply } from '../../otp/index.ts'
import { defineConsumer, defineProducerConsumer } from '../define-stage.ts'
import type { AnyDispatcher } from '../dispatcher.ts'
import type { Eventually } from '../eventually.ts'
import { GenStage } from '../gen-stage.ts'
import { automatic, produce } from '../results.ts'
import type { Batch } from './batches.ts'
import { Batching, type BatchingOptions } from './batching.ts'
import { CodeRunner, type PipelineCode } from './code.ts'
import type { Message } from './message.ts'
import { type Resubscribe, Upstream, type UpstreamOptions } from './upstream.ts'

/** What every stage behind the producers is started with. */
interface Common {
  readonly upstream: UpstreamOptions
  readonly code: PipelineCode
}

/** A processor that hands on. */
export interface ProcessorArgs extends Common {
  readonly dispatcher: AnyDispatcher
}

/** A batcher. */
export interface BatcherArgs extends Common {
  readonly dispatcher: AnyDispatcher
  readonly batching: BatchingOptions
}

class Working {
  readonly upstream: Upstream
  readonly runner: CodeRunner

  /** Exits wait for the message in hand: what was begun is acknowledged. */
  constructor({ upstream, code }: Common, ctx: Context) {
    ctx.trapExit(true)
    this.upstream = new Upstream(upstream, ctx)
    this.runner = new CodeRunner(code, ctx)
  }
}

const onSubscribe = <S extends { readonly upstream: Upstream }>(
  state: S,
  subscribing: Parameters<Upstream['joined']>[0],
) => {
  state.upstream.joined(subscribing)
  return automatic(state)
}

const onCancel = <S extends { readonly upstream: Upstream }>(
  state: S,
  cancelled: Parameters<Upstream['left']>[0],
) => {
  state.upstream.left(cancelled)
  return noreply(state)
}

/** What the stages of all layers hear beside the protocol. */
const shared = {
  EXIT: <S>(state: S) => noreply(state),
  resubscribe<S extends { readonly upstream: Upstream }>(state: S, { name }: Resubscribe) {
    state.upstream.subscribe(name)
    return noreply(state)
  },
  pipeline_ends<S extends { readonly upstream: Upstream }>(state: S) {
    state.upstream.end()
    return noreply(state)
  },
} as const

/** Waits for the last message to be handled. */
const drained = <S extends { readonly upstream: Upstream }>(
  state: S,
  _none: undefined,
  ctx: { readonly from: From },
) => {
  state.upstream.drained(ctx.from)
  return later<boolean>()(state)
}

/** Handles messages and hands them to the batchers. */
export const Processor = defineProducerConsumer({
  name: 'pipeline.processor',
  init: (args: ProcessorArgs, ctx: Context) =>
    Object.assign(new Working(args, ctx), { dispatcher: args.dispatcher }),
  options: ({ dispatcher }) => ({ dispatcher }),
  handleSubscribe: onSubscribe,
  handleCancel: onCancel,
  async handleEvents(state, messages: readonly Message[]) {
    return produce((await state.runner.process(messages)).successful, state)
  },
  info: {
    ...shared,
    upstream_ended(state, _message, ctx) {
      GenStage.asyncInfo(ctx.self, { type: '$leave', reason: 'shutdown' })
      return noreply(state)
    },
  },
})

/** A stage of the last layer: hands nothing on, and answers when everything is done. */
const lastStage = <E>(
  name: string,
  handle: (runner: CodeRunner, events: readonly E[]) => Eventually<unknown>,
) =>
  defineConsumer({
    name,
    init: (args: Common, ctx: Context) => new Working(args, ctx),
    handleSubscribe: onSubscribe,
    handleCancel: onCancel,
    async handleEvents(state, events: readonly E[]) {
      await handle(state.runner, events)
      return noreply(state)
    },
    calls: { drained },
    info: {
      ...shared,
      upstream_ended(state) {
        state.upstream.isEmpty()
        return noreply(state)
      },
    },
  })

/** Handles messages, and that is all: there are no batchers. */
export const LastProcessor = lastStage('pipeline.processor', (runner, messages: readonly Message[]) =>
  runner.process(messages),
)

/** Handles batches, one at a time. */
export const BatchProcessor = lastStage(
  'pipeline.batch_processor',
  async (runner, batches: readonly Batch[]) => {
    for (const { messages, info } of batches) await runner.processBatch(messages, info)
  },
)

/** Puts messages into batches. */
export const Batcher = defineProducerConsumer({
  name: 'pipeline.batcher',
  init(args: BatcherArgs, ctx: Context) {
    ctx.trapExit(true)
    const { dispatcher, batching, upstream } = args
    return { dispatcher, batching: new Batching(batching, ctx), upstream: new Upstream(upstream, ctx) }
  },
  options: ({ dispatcher }) => ({ dispatcher }),
  handleSubscribe: onSubscribe,
  handleCancel: onCancel,
  async handleEvents(state, messages: readonly Message[]) {
    return produce(await state.batching.add(messages), state)
  },
  info: {
    ...shared,
    batch_timeout: (state, { id }: { readonly type: 'batch_timeout'; readonly id: number }) =>
      produce(state.batching.timeOut(id), state),
    upstream_ended(state, _message, ctx) {
      const batches = state.batching.closeAll()
      GenStage.asyncInfo(
        ctx.self,
        batches.length > 0 ? 'upstream_ended' : { type: '$leave', reason: 'shutdown' },
      )
      return produce(batches, state)
    },
  },
})
