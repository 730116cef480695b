import { emit } from '../../kernel/index.ts'
import type { Context } from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'
import { acknowledgeAll } from './acknowledger.ts'
import type { BatchInfo } from './batches.ts'
import { isFine, Message } from './message.ts'
import { BatchSpan, FailedSpan, MessageSpan, PipelineFailure, ProcessorSpan } from './pipeline.events.ts'
import { isHeard, measured } from './spans.ts'

/** The code of a pipeline's owner, with its types forgotten. */
export interface PipelineCode {
  readonly pipeline: string
  readonly context: unknown
  readonly prepareMessages:
    | ((messages: readonly Message[], context: unknown) => Eventually<readonly Message[]>)
    | undefined
  readonly handleMessage: (message: Message, context: unknown) => Eventually<Message>
  readonly handleFailed:
    | ((messages: readonly Message[], context: unknown) => Eventually<readonly Message[]>)
    | undefined
  readonly batchers: ReadonlyMap<string, BatchHandler>
}

/** What a batcher's owner does with a batch. */
export type BatchHandler = (
  messages: readonly Message[],
  info: BatchInfo,
  context: unknown,
) => Eventually<readonly Message[]>

/** How messages came out of a step. */
export interface Outcome {
  readonly successful: readonly Message[]
  readonly failed: readonly Message[]
}

/**
 * Runs the owner's code in one stage. Whatever it throws fails the messages it
 * was given and nothing else. Code that goes on after the stage was killed is
 * stopped before it acknowledges anything.
 */
export class CodeRunner {
  private readonly code: PipelineCode
  private readonly ctx: Context

  constructor(code: PipelineCode, ctx: Context) {
    this.code = code
    this.ctx = ctx
  }

  /** Prepares and handles messages one after the other; acknowledges what ends here, gives what goes on. */
  process(messages: readonly Message[]): Eventually<Outcome> {
    return measured(
      this.ctx.runtime.clock,
      ProcessorSpan,
      () => ({ ...this.about, messages }),
      () => this.handleAll(messages),
      ({ successful, failed }) => ({ ...this.about, successful, failed }),
    )
  }

  /** Handles a batch and acknowledges it. */
  processBatch(messages: readonly Message[], info: BatchInfo): Eventually<Outcome> {
    return measured(
      this.ctx.runtime.clock,
      BatchSpan,
      () => ({ ...this.about, messages, info }),
      () => this.handleBatch(messages, info),
      ({ successful, failed }) => ({ ...this.about, successful, failed, info }),
    )
  }

  private async handleAll(messages: readonly Message[]): Promise<Outcome> {
    const prepared = await this.prepare(messages)
    const handled: Message[] = []
    for (const message of prepared) {
      const result = isFine(message) ? this.handle(message) : message
      handled.push(result instanceof Message ? result : await result)
      this.mustLive()
    }
    const outcome = split(handled)
    await this.finish(this.code.batchers.size === 0 ? outcome.successful : [], outcome.failed)
    return outcome
  }

  private async handleBatch(messages: readonly Message[], info: BatchInfo): Promise<Outcome> {
    let returned: readonly Message[]
    try {
      returned = (await this.code.batchers.get(info.batcher)?.(messages, info, this.code.context)) ?? []
      this.mustLive()
      this.reportOmitted(messages.length, returned.length)
    } catch (error) {
      this.mustLive()
      this.report('handle_batch', error)
      returned = messages.map((message) => message.withStatus({ thrown: error }))
    }
    const outcome = split(returned)
    await this.finish(outcome.successful, outcome.failed)
    return outcome
  }

  private async prepare(messages: readonly Message[]): Promise<readonly Message[]> {
    const { prepareMessages, context } = this.code
    if (!prepareMessages) return messages
    try {
      const prepared = await prepareMessages(messages, context)
      if (prepared.length !== messages.length) {
        throw new TypeError(
          `prepareMessages was given ${messages.length} messages and returned ${prepared.length}`,
        )
      }
      return prepared
    } catch (error) {
      this.report('prepare_messages', error)
      return messages.map((message) => message.withStatus({ thrown: error }))
    } finally {
      this.mustLive()
    }
  }

  private handle(message: Message): Eventually<Message> {
    try {
      const result = isHeard(MessageSpan) ? this.spanned(message) : this.handled(message)
      return result instanceof Message ? result : this.settled(message, result)
    } catch (error) {
      return this.thrown(message, error)
    }
  }

  private async settled(message: Message, result: PromiseLike<Message>): Promise<Message> {
    try {
      return await result
    } catch (error) {
      return this.thrown(message, error)
    }
  }

  private thrown(message: Message, error: unknown): Message {
    this.mustLive()
    this.report('handle_message', error)
    return message.withStatus({ thrown: error })
  }

  private spanned(message: Message): Eventually<Message> {
    return measured(
      this.ctx.runtime.clock,
      MessageSpan,
      () => ({ ...this.about, message }),
      () => this.handled(message),
      (handled) => ({ ...this.about, message: handled }),
    )
  }

  private handled(message: Message): Eventually<Message> {
    const result = this.code.handleMessage(message, this.code.context)
    return result instanceof Message
      ? this.checked(result)
      : Promise.resolve(result).then((late) => this.checked(late))
  }

  private checked(result: unknown): Message {
    if (!(result instanceof Message))
      throw new TypeError(`handleMessage must return a message, got: ${String(result)}`)
    const { batchers } = this.code
    if (batchers.size === 0 || !isFine(result) || batchers.has(result.batcher)) return result
    throw new TypeError(`there is no batcher "${result.batcher}", only: ${[...batchers.keys()].join(', ')}`)
  }

  /** What failed is looked at once more, and stays failed; then everybody is told. */
  private async finish(successful: readonly Message[], failed: readonly Message[]): Promise<void> {
    const looked = failed.length > 0 ? await this.lookAt(failed) : failed
    this.mustLive()
    if (successful.length + looked.length === 0) return
    try {
      await acknowledgeAll([...successful, ...looked])
    } catch (error) {
      this.report('ack', error)
    }
    this.mustLive()
  }

  private async lookAt(failed: readonly Message[]): Promise<readonly Message[]> {
    const { handleFailed, context } = this.code
    if (!handleFailed) return failed
    try {
      const looked = await measured(
        this.ctx.runtime.clock,
        FailedSpan,
        () => ({ ...this.about, messages: failed }),
        () => handleFailed(failed, context),
        () => this.about,
      )
      if (looked.length !== failed.length) {
        throw new TypeError(`handleFailed was given ${failed.length} messages and returned ${looked.length}`)
      }
      return looked.map((message, index) =>
        isFine(message) ? message.withStatus(failed[index]?.status ?? { failed: 'failed' }) : message,
      )
    } catch (error) {
      this.mustLive()
      this.report('handle_failed', error)
      return failed
    }
  }

  private reportOmitted(given: number, returned: number): void {
    if (given === returned) return
    const problem = `handleBatch was given ${given} messages and returned ${returned}; the others are never acknowledged`
    this.report('handle_batch', new TypeError(problem))
  }

  private report(
    during: 'prepare_messages' | 'handle_message' | 'handle_batch' | 'handle_failed' | 'ack',
    error: unknown,
  ): void {
    emit(PipelineFailure, { ...this.about, during, error })
  }

  private mustLive(): void {
    this.ctx.signal.throwIfAborted()
  }

  private get about() {
    return { pipeline: this.code.pipeline, name: this.ctx.name ?? this.ctx.self.id }
  }
}

function split(messages: readonly Message[]): Outcome {
  const failed = messages.filter((message) => !isFine(message))
  return { successful: failed.length === 0 ? messages : messages.filter(isFine), failed }
}
