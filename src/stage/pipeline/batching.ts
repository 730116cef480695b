import type { Context, SendTimer } from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'
import {
  addMessages,
  type Batch,
  type Batched,
  type BatchRules,
  closeAll,
  NO_BATCHES,
  timeOut,
} from './batches.ts'
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
  private state = NO_BATCHES

  constructor(options: BatchingOptions, ctx: Context) {
    this.options = options
    this.ctx = ctx
  }

  add(messages: readonly Message[]): Eventually<readonly Batch[]> {
    const about = { pipeline: this.options.pipeline, name: this.ctx.name ?? this.ctx.self.id }
    return measured(
      this.ctx.runtime.clock,
      BatcherSpan,
      () => ({ ...about, messages }),
      () => this.take(addMessages(this.state, messages, this.options)),
      () => about,
    )
  }

  timeOut(id: number): readonly Batch[] {
    return this.take(timeOut(this.state, id, this.options))
  }

  closeAll(): readonly Batch[] {
    return this.take(closeAll(this.state, this.options))
  }

  /** Each open batch has its timer, a closed one has none. */
  private take({ state, ready }: Batched): readonly Batch[] {
    this.state = state
    const open = new Set([...state.open.values()].map(({ id }) => id))
    for (const [id, timer] of this.timers) {
      if (open.has(id)) continue
      timer.cancel()
      this.timers.delete(id)
    }
    for (const id of open) if (!this.timers.has(id)) this.timers.set(id, this.timer(id))
    return ready
  }

  private timer(id: number): SendTimer {
    return this.ctx.sendAfter(this.options.batchTimeoutMs, this.ctx.self, { type: 'batch_timeout', id })
  }
}
