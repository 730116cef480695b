import type { Key } from '../../otp/index.ts'
import type { Eventually } from '../eventually.ts'

/** Tells the source of messages what became of them: one per kind of source. */
export interface Acknowledger<R = unknown, A = unknown> {
  /**
   * Called once per group of messages with the same `ref`, in the stage that
   * finished them. What it throws is reported and does not stop the pipeline.
   */
  ack(ref: R, successful: readonly Message[], failed: readonly Message[]): Eventually<void>
  /** Changes the `data` of one message's ticket by options such as `{ onFailure: 'reject' }`. */
  configure?(ref: R, data: A, options: object): A
}

/** Whom to tell about one message, in which group, and what it needs to know. */
export interface AckTicket<R = unknown, A = unknown> {
  readonly acknowledger: Acknowledger<R, A>
  /** Groups messages: one call of `ack` per `ref`. */
  readonly ref: R
  readonly data: A
}

/** For messages nobody waits for. */
export const NO_ACK: AckTicket = { acknowledger: { ack: () => {} }, ref: 'nobody', data: undefined }

/** What became of a message: fine so far, refused by your code, or your code threw. */
export type MessageStatus = 'ok' | { readonly failed: unknown } | { readonly thrown: unknown }

interface Fields<D> {
  readonly data: D
  readonly metadata: Readonly<Record<string, unknown>>
  readonly ticket: AckTicket
  readonly batcher: string
  readonly batchKey: Key
  readonly batchMode: 'bulk' | 'flush'
  readonly status: MessageStatus
}

const NO_METADATA: Readonly<Record<string, unknown>> = Object.freeze({})

/** How a message is made. */
export interface MessageOptions {
  /** Who hears what became of it; nobody by default. */
  readonly acknowledger?: AckTicket | undefined
  /** What the source knows beside the data: headers, delivery counts. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * One piece of work on its way through a pipeline. Messages do not change:
 * every method gives a new one, and what your handler returns is what goes on.
 */
export class Message<D = unknown, B extends string = string> {
  readonly data: D
  readonly metadata: Readonly<Record<string, unknown>>
  readonly ticket: AckTicket
  readonly batcher: B
  readonly batchKey: Key
  readonly batchMode: 'bulk' | 'flush'
  readonly status: MessageStatus

  constructor(data: D, options?: MessageOptions)
  constructor(data: D, options: MessageOptions & Partial<Fields<unknown>> = {}) {
    this.data = data
    this.metadata = options.metadata ?? NO_METADATA
    this.ticket = options.ticket ?? options.acknowledger ?? NO_ACK
    this.batcher = (options.batcher ?? 'default') as B
    this.batchKey = options.batchKey ?? 'default'
    this.batchMode = options.batchMode ?? 'bulk'
    this.status = options.status ?? 'ok'
  }

  putData<D2>(data: D2): Message<D2, B> {
    return this.with({ data }) as unknown as Message<D2, B>
  }

  updateData<D2>(update: (data: D) => D2): Message<D2, B> {
    return this.putData(update(this.data))
  }

  /** Which batcher it goes to. */
  putBatcher<const B2 extends string>(batcher: B2): Message<D, B2> {
    return this.with({ batcher }) as unknown as Message<D, B2>
  }

  /** Messages meet in one batch only with others of the same key. */
  putBatchKey(batchKey: Key): Message<D, B> {
    return this.with({ batchKey })
  }

  /** `flush`: its batch goes out at the end of the chunk at hand instead of waiting to fill. */
  putBatchMode(batchMode: 'bulk' | 'flush'): Message<D, B> {
    return this.with({ batchMode })
  }

  /** Skips what is left of the pipeline; it is acknowledged as failed. */
  failed(reason: unknown): Message<never, never> {
    return this.withStatus({ failed: reason })
  }

  /** Tells its acknowledger how to acknowledge it; throws when that takes no options. */
  configureAck(options: object): Message<D, B> {
    const { acknowledger, ref, data } = this.ticket
    if (!acknowledger.configure) throw new TypeError('this acknowledger takes no options')
    return this.with({ ticket: { acknowledger, ref, data: acknowledger.configure(ref, data, options) } })
  }

  /** Acknowledges now, by status, and never again. */
  async ackImmediately(): Promise<Message<D, B>> {
    const { acknowledger, ref } = this.ticket
    const fine = this.status === 'ok'
    await acknowledger.ack(ref, fine ? [this] : [], fine ? [] : [this])
    return this.with({ ticket: NO_ACK })
  }

  /** For the pipeline: the same message with another status. */
  withStatus(status: MessageStatus): Message<never, never> {
    return this.with({ status }) as unknown as Message<never, never>
  }

  /** Spelled out: this runs several times per message, and a spread costs ten times as much. */
  private with(changes: Partial<Fields<unknown>>): Message<D, B> {
    const fields: Fields<unknown> = {
      data: 'data' in changes ? changes.data : this.data,
      metadata: this.metadata,
      ticket: changes.ticket ?? this.ticket,
      batcher: changes.batcher ?? this.batcher,
      batchKey: changes.batchKey ?? this.batchKey,
      batchMode: changes.batchMode ?? this.batchMode,
      status: changes.status ?? this.status,
    }
    return new Message<D, B>(fields.data as D, fields)
  }
}

/** Whether a message goes on. */
export function isFine(message: Message): boolean {
  return message.status === 'ok'
}
