import { Problem } from '../kernel/index.ts'
import { EventQueue } from './event-queue.ts'

/** Names a partition. */
export type PartitionName = string | number

/** Options of `partitionDispatcher`. */
export interface PartitionDispatcherOptions<E> {
  /** The names, or how many: `3` stands for 0, 1 and 2. */
  readonly partitions: number | readonly PartitionName[]
  /**
   * The partition of an event, or `undefined` to leave the event out. By default a
   * hash of the whole event, for partitions that are numbers.
   */
  readonly hash?: ((event: E) => PartitionName | undefined) | undefined
}

/** One partition: its consumer and what it wants, or holds. */
export interface Partition<E> {
  readonly ref: string | undefined
  /** Asked for; never with events in the queue. */
  readonly demand: number
  readonly queue: EventQueue<E>
}

/** An ordered message that waits until every queue it stands in has passed it. */
export interface Ticket {
  readonly id: number
  readonly message: unknown
}

/** What each partition wants or holds. */
export interface PartitionState<E> {
  readonly partitions: ReadonlyMap<PartitionName, Partition<E>>
  /** Events the producer may still dispatch: the demand of all partitions together. */
  readonly waiting: number
  readonly pending: number
  /** How many queues a ticket still stands in. */
  readonly tickets: ReadonlyMap<number, number>
  readonly lastTicket: number
}

/** The partition of that name. */
export const partitionAt = <E>({ partitions }: PartitionState<E>, name: PartitionName): Partition<E> =>
  partitions.get(name) ?? { ref: undefined, demand: 0, queue: new EventQueue() }

/** The state with another partition in the place of one. */
export const withPartition = <E>(
  state: PartitionState<E>,
  name: PartitionName,
  partition: Partition<E>,
): PartitionState<E> => ({ ...state, partitions: new Map(state.partitions).set(name, partition) })

/** Where a subscription belongs. */
export function nameOf<E>({ partitions }: PartitionState<E>, ref: string): PartitionName {
  for (const [name, partition] of partitions) if (partition.ref === ref) return name
  throw new Error(`no partition has the subscription ${ref}`)
}

/** The partition that a new consumer asks for, when it exists and is free. */
export function freePartition<E>(
  { partitions }: PartitionState<E>,
  { partition: name }: { readonly partition?: unknown },
): PartitionName {
  if (typeof name !== 'string' && typeof name !== 'number') {
    throw badPartition('a subscription to a partition dispatcher needs the option partition', partitions)
  }
  const found = partitions.get(name)
  if (found === undefined) throw unknownPartition(name, partitions)
  if (found.ref === undefined) return name
  throw badPartition(`the partition ${name} has a consumer already`, partitions)
}

/** Ends the producer: its hash and its partitions do not fit together. */
export const unknownPartition = (name: unknown, partitions: ReadonlyMap<PartitionName, unknown>): Problem =>
  badPartition(`there is no partition ${JSON.stringify(name)}`, partitions)

const badPartition = (message: string, partitions: ReadonlyMap<PartitionName, unknown>): Problem =>
  new Problem('bad_partition', message, {
    field: 'partition',
    wayOut: `name one of: ${[...partitions.keys()].join(', ')}`,
  })

/** The names that the options stand for. */
export function namesOf<E>({ partitions, hash }: PartitionDispatcherOptions<E>): readonly PartitionName[] {
  const names = typeof partitions === 'number' ? [...new Array(partitions).keys()] : partitions
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new Problem('bad_partition', 'partitions must be a number above 0 or a list of different names', {
      field: 'partitions',
    })
  }
  if (hash === undefined && names.some((name, index) => name !== index)) {
    throw new Problem('bad_partition', 'partitions that are not 0, 1, 2 … need a hash of their own', {
      field: 'hash',
    })
  }
  return names
}

/** Notes that tickets have passed one more queue; gives the messages that have passed all. */
export function pass(
  tickets: ReadonlyMap<number, number>,
  passed: readonly Ticket[],
): { tickets: ReadonlyMap<number, number>; infos: readonly unknown[] } {
  if (passed.length === 0) return { tickets, infos: [] }
  const left = new Map(tickets)
  const infos = passed.flatMap(({ id, message }) => {
    const queues = (left.get(id) ?? 1) - 1
    if (queues > 0) left.set(id, queues)
    else left.delete(id)
    return queues > 0 ? [] : [message]
  })
  return { tickets: left, infos }
}
