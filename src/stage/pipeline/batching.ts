import type { Context, SendTimer } from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'
import { type Batch, type Batched, type BatchRules, OpenBatches } from './batches.ts'
import type { Message } from './message.ts'
import { BatcherSpan } from './pipeline.events.ts'
import { measured } from './spans.ts'

/** How one batcher works. */
export interface BatchingOptions extends BatchRules {
  readonly pipeline: string
  /** Longest wait of the first message of a batch. */
  readonly batchTimeoutMs: number
}

/** The open batches of one batcher and their timers. */
export class Batching {
  private readonly options: BatchingOptions
  private readonly ctx: Context
  private readonly timers = new Map<number, SendTimer>()
  private readonly batches: OpenBatches

  constructor(options: BatchingOptions, ctx: Context) {
    this.options = options
    this.ctx = ctx
    this.batches = new OpenBatches(options)
  }

  add(messages: readonly Message[]): Eventually<readonly Batch[]> {
    const about = { pipeline: this.options.pipeline, name: this.ctx.name ?? this.ctx.self.id }
    return measured(
      this.ctx.runtime.clock,
      BatcherSpan,
      () => ({ ...about, messages }),
      () => this.take(this.batches.add(messages)),
      () => about,
    )
  }

  timeOut(id: number): readonly Batch[] {
    return this.take(this.batches.timeOut(id))
  }

  closeAll(): readonly Batch[] {
    return this.take(this.batches.closeAll())
  }

  /** Each open batch has its timer, a closed one has none. */
  private take({ ready, opened, closed }: Batched): readonly Batch[] {
    for (const id of closed) {
      this.timers.get(id)?.cancel()
      this.timers.delete(id)
    }
    for (const id of opened) this.timers.set(id, this.timer(id))
    return ready
  }

  private timer(id: number): SendTimer {
    return this.ctx.sendAfter(this.options.batchTimeoutMs, this.ctx.self, { type: 'batch_timeout', id })
  }
}
