import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { Problem } from '../../kernel/index.ts'

/** How a queue is reached. */
export interface RabbitOptions {
  /** `amqp://user:password@host:5672/vhost`. */
  readonly url: string
  readonly queue: string
  /** Creates the queue when it is missing; without this it must exist. */
  readonly declare?:
    | { readonly durable?: boolean; readonly autoDelete?: boolean; readonly deadLetterExchange?: string }
    | undefined
  /** Exchanges whose messages are to reach the queue. */
  readonly bindings?: readonly { readonly exchange: string; readonly routingKey: string }[] | undefined
  /** Most messages that the broker sends ahead of their acknowledgement; 50 by default. */
  readonly prefetch?: number | undefined
}

/** What a connection tells while it lives. */
export interface RabbitEvents {
  delivered(delivery: ConsumeMessage, channel: Channel): void
  /** The connection, the channel or the subscription is gone. */
  closed(channel: Channel): void
}

/** One consumer on one channel of one connection: they come and go together. */
export class RabbitConnection {
  readonly channel: Channel
  private readonly connection: ChannelModel
  private readonly consumerTag: string

  constructor(connection: ChannelModel, channel: Channel, consumerTag: string) {
    this.connection = connection
    this.channel = channel
    this.consumerTag = consumerTag
  }

  /** No deliveries from now on; those that came stay to be acknowledged. */
  async pause(): Promise<void> {
    await this.channel.cancel(this.consumerTag)
  }

  /**
   * Ends it in order. The channel first: frames of different channels are mixed,
   * so the end of the connection may overtake acknowledgements, the end of their
   * own channel cannot.
   */
  async close(): Promise<void> {
    await this.channel.close().catch(() => {})
    await this.connection.close()
  }
}

/** Connects and subscribes; rejects when any step does not work, and leaves nothing open then. */
export async function connectRabbit(options: RabbitOptions, events: RabbitEvents): Promise<RabbitConnection> {
  const { connect } = await loadAmqplib()
  const connection = await connect(options.url)
  // An 'error' is always followed by 'close'; without a listener it would end the whole program.
  connection.on('error', () => {})
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => {})
    channel.on('close', () => events.closed(channel))
    const consumerTag = await subscribe(channel, options, events)
    return new RabbitConnection(connection, channel, consumerTag)
  } catch (error) {
    await connection.close().catch(() => {})
    throw error
  }
}

async function subscribe(channel: Channel, options: RabbitOptions, events: RabbitEvents): Promise<string> {
  const { queue, declare, bindings = [], prefetch = 50 } = options
  await channel.prefetch(prefetch)
  if (declare) await channel.assertQueue(queue, declare)
  else await channel.checkQueue(queue)
  for (const { exchange, routingKey } of bindings) await channel.bindQueue(queue, exchange, routingKey)
  const { consumerTag } = await channel.consume(queue, (delivery) => {
    // Null: the broker ended the subscription, as when the queue was deleted.
    if (delivery === null) events.closed(channel)
    else events.delivered(delivery, channel)
  })
  return consumerTag
}

async function loadAmqplib() {
  try {
    return await import('amqplib')
  } catch (cause) {
    throw new Problem(
      'amqplib_missing',
      'the RabbitMQ producer needs the package amqplib, which is not installed',
      {
        wayOut: 'npm install amqplib',
        cause,
      },
    )
  }
}
