import { noreply } from '../../otp/index.ts'
import { defineProducer } from '../define-stage.ts'
import { type Acknowledger, Message, type MessageOptions } from './message.ts'
import type { PipelineRef } from './pipeline-ref.ts'

/** A producer that has nothing of its own: for tests, which push. */
export const IdleProducer = defineProducer({
  name: 'idle_producer',
  init: () => ({}),
  handleDemand: (state) => noreply(state),
})

/** How messages came out of a pipeline, in the order they were acknowledged. */
export interface Acknowledged {
  readonly successful: readonly Message[]
  readonly failed: readonly Message[]
}

/** Pushes data through a running pipeline and resolves when all of it is acknowledged. */
export function testMessages(
  pipeline: PipelineRef,
  data: readonly unknown[],
  options: Pick<MessageOptions, 'metadata'> & { readonly batchMode?: 'bulk' | 'flush' } = {},
): Promise<Acknowledged> {
  const { metadata, batchMode = 'flush' } = options
  return new Promise((resolve, reject) => {
    const collector = new Collector(data.length, resolve)
    const acknowledger = { acknowledger: collector, ref: collector, data: undefined }
    const messages = data.map((one) => new Message(one, { metadata, acknowledger }).putBatchMode(batchMode))
    pipeline.push(messages).catch(reject)
  })
}

class Collector implements Acknowledger {
  private readonly successful: Message[] = []
  private readonly failed: Message[] = []
  private readonly wanted: number
  private readonly done: (all: Acknowledged) => void

  constructor(wanted: number, done: (all: Acknowledged) => void) {
    this.wanted = wanted
    this.done = done
  }

  ack(_ref: unknown, successful: readonly Message[], failed: readonly Message[]): void {
    this.successful.push(...successful)
    this.failed.push(...failed)
    const { successful: fine, failed: not } = this
    if (fine.length + not.length === this.wanted) this.done({ successful: fine, failed: not })
  }
}
