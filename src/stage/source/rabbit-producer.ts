import type { Channel, ConsumeMessage } from 'amqplib'
import { emit, Problem } from '../../kernel/index.ts'
import { type Context, continueWith, noreply, stop } from '../../otp/index.ts'
import { defineProducer } from '../define-stage.ts'
import type { ProducerRef, Stage } from '../definition.ts'
import { type Acknowledger, Message } from '../pipeline/message.ts'
import { produce } from '../results.ts'
import { SourceConnected, SourceLost } from '../stage.events.ts'
import { connectRabbit, type RabbitConnection, type RabbitOptions } from './rabbit-connection.ts'
import { toSelf } from './to-self.ts'

/** What the broker is told about a message: done, dropped or dead-lettered, given again. */
export type RabbitAnswer = 'ack' | 'reject' | 'reject_and_requeue' | 'reject_and_requeue_once'

/** What is answered for messages that went well, and for those that did not. */
export interface RabbitAnswers {
  /** `ack` by default. */
  readonly onSuccess?: RabbitAnswer | undefined
  /** `reject_and_requeue_once` by default: given again once, then rejected. */
  readonly onFailure?: RabbitAnswer | undefined
}

/** Options of `rabbitProducer`. */
export interface RabbitProducerOptions extends RabbitOptions, RabbitAnswers {
  /** First pause before it connects again, doubled each time; 1,000 by default. */
  readonly backoffMs?: number | undefined
  /** Longest such pause; 30,000 by default. */
  readonly backoffMaxMs?: number | undefined
}

/** Answers of one message; changed by `message.configureAck({ onFailure: 'reject' })`. */
interface Answers {
  readonly delivery: ConsumeMessage
  readonly onSuccess: RabbitAnswer
  readonly onFailure: RabbitAnswer
}

interface State {
  readonly options: RabbitProducerOptions
  readonly connection: RabbitConnection | undefined
  readonly failures: number
  readonly draining: boolean
}

interface Delivered {
  readonly type: 'delivered'
  readonly delivery: ConsumeMessage
  readonly channel: Channel
}

interface Closed {
  readonly type: 'closed'
  readonly channel: Channel
}

/**
 * A producer over a RabbitMQ queue, for pipelines. The broker pushes at most
 * `prefetch` messages ahead of their acknowledgement, which is what keeps the
 * buffer small. A lost connection is opened again with growing pauses; what was
 * not acknowledged by then is given again by the broker, maybe to somebody else.
 * Needs the package `amqplib` beside this one.
 */
export function rabbitProducer(
  options: RabbitProducerOptions,
): Stage<void, unknown, unknown, ProducerRef<Message<Buffer>>> {
  check(options)
  return defineProducer({
    name: 'rabbit_producer',
    init: (_args: void, ctx: Context): State => {
      // Traps exits so that terminate runs and the connection ends in order.
      ctx.trapExit(true)
      return { options, connection: undefined, failures: 0, draining: false }
    },
    start: () => continueWith('connect'),
    handleDemand: (state) => noreply(state),
    continues: { connect: (state, _none: undefined, ctx) => connect(state, ctx) },
    info: {
      connect: (state, _message, ctx) => (state.draining ? noreply(state) : connect(state, ctx)),
      delivered: (state, delivered: Delivered) => produce([toMessage(state.options, delivered)], state),
      closed: (state, { channel }: Closed, ctx) => lost(state, channel, ctx),
      EXIT: (state) => noreply(state),
    },
    async prepareForDraining(state) {
      await state.connection?.pause().catch(() => {})
      return noreply({ ...state, draining: true })
    },
    terminate: (_reason, { connection }) => connection?.close().catch(() => {}),
    formatStatus: ({ options: { queue }, connection, failures }) => ({
      queue,
      connected: connection !== undefined,
      failures,
    }),
  })
}

async function connect(state: State, ctx: Context) {
  try {
    const connection = await connectRabbit(state.options, {
      delivered: (delivery, channel) =>
        toSelf(ctx, { type: 'delivered', delivery, channel } satisfies Delivered),
      closed: (channel) => toSelf(ctx, { type: 'closed', channel } satisfies Closed),
    })
    // Killed while connecting: nobody else would close it.
    if (ctx.signal.aborted) await connection.close()
    emit(SourceConnected, { pid: ctx.self, name: ctx.name, stage: 'rabbit_producer' })
    return noreply({ ...state, connection, failures: 0 })
  } catch (error) {
    if (error instanceof Problem) return stop(error, state)
    return retry(state, error, ctx)
  }
}

/** The broker may have ended only the subscription: what is left of the connection is closed, too. */
async function lost(state: State, channel: Channel, ctx: Context) {
  if (state.connection?.channel !== channel) return noreply(state)
  await state.connection.close().catch(() => {})
  return retry({ ...state, connection: undefined }, new Error('the broker ended the subscription'), ctx)
}

function retry(state: State, error: unknown, ctx: Context) {
  const { backoffMs = 1_000, backoffMaxMs = 30_000 } = state.options
  const retryMs = Math.min(backoffMaxMs, backoffMs * 2 ** state.failures)
  emit(SourceLost, { pid: ctx.self, name: ctx.name, stage: 'rabbit_producer', error, retryMs })
  ctx.sendAfter(retryMs, ctx.self, 'connect')
  return noreply({ ...state, failures: state.failures + 1 })
}

function toMessage(options: RabbitAnswers, { delivery, channel }: Delivered): Message<Buffer> {
  const { onSuccess = 'ack', onFailure = 'reject_and_requeue_once' } = options
  const { fields, properties, content } = delivery
  const data: Answers = { delivery, onSuccess, onFailure }
  const acknowledger = { acknowledger: broker, ref: channel, data }
  return new Message(content, { acknowledger, metadata: { ...properties, ...fields } })
}

/** Answers on the channel that a message came from: no other one knows it. */
const broker: Acknowledger<Channel, Answers> = {
  ack(channel, successful, failed) {
    for (const { ticket } of successful) answer(channel, ticket.data as Answers, 'onSuccess')
    for (const { ticket } of failed) answer(channel, ticket.data as Answers, 'onFailure')
  },
  configure(_channel, answers, options) {
    const { onSuccess = answers.onSuccess, onFailure = answers.onFailure } = options as RabbitAnswers
    check({ onSuccess, onFailure })
    return { ...answers, onSuccess, onFailure }
  },
}

function answer(channel: Channel, answers: Answers, outcome: 'onSuccess' | 'onFailure'): void {
  const { delivery } = answers
  const { redelivered } = delivery.fields
  switch (answers[outcome]) {
    case 'ack':
      return channel.ack(delivery)
    case 'reject':
      return channel.reject(delivery, false)
    case 'reject_and_requeue':
      return channel.reject(delivery, true)
    case 'reject_and_requeue_once':
      return channel.reject(delivery, !redelivered)
  }
}

const ANSWERS: readonly unknown[] = ['ack', 'reject', 'reject_and_requeue', 'reject_and_requeue_once']

function check(options: RabbitAnswers): void {
  for (const field of ['onSuccess', 'onFailure'] as const) {
    const value = options[field]
    if (value === undefined || ANSWERS.includes(value)) continue
    throw new Problem('bad_answer', `${field} must be one of ${ANSWERS.join(', ')}, got: ${String(value)}`, {
      field,
    })
  }
}
