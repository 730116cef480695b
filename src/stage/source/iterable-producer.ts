import { emit } from '../../kernel/index.ts'
import { type Context, noreply, stop } from '../../otp/index.ts'
import { defineProducer } from '../define-stage.ts'
import type { ProducerRef, Stage } from '../definition.ts'
import { GenStage } from '../gen-stage.ts'
import { produce } from '../results.ts'
import { SourceEnded } from '../stage.events.ts'
import { toSelf } from './to-self.ts'

/** How a producer treats the end of what it reads. */
export interface IterableOptions {
  /** `stop` (default): it exits `normal` once everything is handed out; `stay`: it goes on with nothing. */
  readonly atEnd?: 'stop' | 'stay' | undefined
}

type Source<E> = AsyncIterable<E> | Iterable<E>

/**
 * A producer that reads an iterable, as far as it is asked: an async generator, a
 * Node stream, an array. `open` runs at each start, so a restart reads anew. The
 * end of the producer ends the iteration, which destroys a stream. A failing
 * source ends the producer with its error.
 */
export function iterableProducer<E>(
  open: () => Source<E>,
  options: IterableOptions = {},
): Stage<void, unknown, unknown, ProducerRef<E>> {
  const { atEnd = 'stop' } = options
  const Producer = defineProducer({
    name: 'iterable_producer',
    init: (_args: void, ctx: Context) => {
      // Traps exits so that terminate runs, and the stream behind is closed.
      ctx.trapExit(true)
      return new Reader<E>(open(), ctx)
    },
    handleDemand(reader, demand) {
      reader.want(demand)
      return noreply(reader)
    },
    info: {
      arrived: (reader) => produce(reader.take(), reader),
      source_failed: (reader, { error }: { readonly type: 'source_failed'; readonly error: object }) =>
        stop(error, reader),
      source_ended(reader, _message, ctx) {
        emit(SourceEnded, { pid: ctx.self, name: ctx.name, stage: 'iterable_producer' })
        GenStage.asyncInfo(ctx.self, 'all_handed_out')
        return produce(reader.take(), reader)
      },
      all_handed_out: (reader) => (atEnd === 'stop' ? stop('normal', reader) : noreply(reader)),
      EXIT: (reader) => noreply(reader),
    },
    prepareForDraining(reader) {
      reader.pause()
      return produce(reader.take(), reader)
    },
    terminate: (_reason, reader) => reader.close(),
    formatStatus: (reader) => ({ wanted: reader.wanted }),
  })
  return Producer
}

/**
 * Reads an iterator beside the process, which stays free to hear of demand and
 * cancellations while the source is slow. What was read waits in `arrived` until
 * the process fetches it: one message for as much as came meanwhile.
 */
class Reader<E> {
  wanted = 0
  private readonly iterator: AsyncIterator<E> | Iterator<E>
  private readonly source: Source<E>
  private readonly ctx: Context
  private arrived: E[] = []
  private reading = false
  private announced = false
  private over = false

  constructor(source: Source<E>, ctx: Context) {
    this.iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    this.source = source
    this.ctx = ctx
  }

  want(count: number): void {
    this.wanted += count
    if (this.reading || this.over) return
    this.reading = true
    this.read().catch((error: unknown) => toSelf(this.ctx, { type: 'source_failed', error }))
  }

  take(): readonly E[] {
    const { arrived } = this
    this.arrived = []
    this.announced = false
    return arrived
  }

  /** Finishes what is being read and asks for nothing more. */
  pause(): void {
    this.wanted = 0
    this.over = true
  }

  /**
   * Lets go of the source. A stream is destroyed; any other iterator is asked to
   * return, which is waited for unless it is in the middle of an item.
   */
  async close(): Promise<void> {
    this.pause()
    if (isDestroyable(this.source)) return this.source.destroy()
    const returned = Promise.resolve(this.iterator.return?.()).catch(() => {})
    if (!this.reading) await returned
  }

  private async read(): Promise<void> {
    while (this.wanted > 0) {
      const item = await this.iterator.next()
      if (item.done) {
        this.over = true
        return toSelf(this.ctx, { type: 'source_ended' })
      }
      this.wanted = Math.max(0, this.wanted - 1)
      this.arrived.push(item.value)
      this.announce()
    }
    this.reading = false
  }

  private announce(): void {
    if (this.announced) return
    this.announced = true
    toSelf(this.ctx, { type: 'arrived' })
  }
}

function isDestroyable(source: object): source is { destroy(): void } {
  return 'destroy' in source && typeof source.destroy === 'function'
}
