import { Problem } from '../kernel/index.ts'
import { type Key, stableHash } from '../otp/index.ts'
import { type Dispatcher, type Send, type Step, step } from './dispatcher.ts'
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

interface Partition<E> {
  readonly ref: string | undefined
  /** Asked for; never with events in the queue. */
  readonly demand: number
  readonly queue: EventQueue<E>
}

/** An ordered message that waits until every queue it stands in has passed it. */
interface Ticket {
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

/**
 * Gives each event to the one consumer of its partition.
 *
 * Demand is summed over the partitions, so events of a busy partition pile up in
 * its own queue and slow the others. A queue outlives its consumer: the next one
 * of that partition gets it, nothing is lost (GenStage drops it). An event whose
 * partition does not exist ends the producer.
 */
export function partitionDispatcher<E>(
  options: PartitionDispatcherOptions<E>,
): Dispatcher<E, PartitionState<E>> {
  const names = namesOf(options)
  const hash = options.hash ?? ((event: E) => stableHash(event as Key) % names.length)
  const idle: Partition<E> = { ref: undefined, demand: 0, queue: new EventQueue() }
  return {
    initial: {
      partitions: new Map(names.map((name) => [name, idle])),
      waiting: 0,
      pending: 0,
      tickets: new Map(),
      lastTicket: 0,
    },
    subscribe(state, { ref }, subscription) {
      const name = freePartition(state, subscription)
      return step(withPartition(state, name, { ...partitionAt(state, name), ref }))
    },
    cancel(state, ref) {
      const name = nameOf(state, ref)
      const { queue, demand } = partitionAt(state, name)
      const left = withPartition(state, name, { ref: undefined, demand: 0, queue })
      return step({ ...left, pending: state.pending + demand })
    },
    ask: askPartition,
    dispatch: (state, events) => distribute(state, events, hash),
    capacity: ({ waiting }) => waiting,
    info: queueInfo,
  }
}

function askPartition<E>(state: PartitionState<E>, ref: string, asked: number): Step<E, PartitionState<E>> {
  const name = nameOf(state, ref)
  const served = Math.min(state.pending, asked)
  const demand = asked - served
  const asking = { ...state, waiting: state.waiting + demand, pending: state.pending - served }
  const { queue, demand: before } = partitionAt(state, name)
  return { ...deliver(asking, name, queue, before + asked), demand }
}

/** Sends what the partition asked for and holds, and lets the tickets pass on the way. */
function deliver<E>(
  state: PartitionState<E>,
  name: PartitionName,
  waiting: EventQueue<E>,
  asked: number,
): Step<E, PartitionState<E>> {
  const { ref } = partitionAt(state, name)
  const sends: Send<E>[] = []
  const passed: Ticket[] = []
  let queue = waiting
  let demand = asked
  while (!queue.isEmpty) {
    const taken = queue.take(demand)
    if (taken.events.length === 0 && taken.infos.length === 0) break
    if (ref !== undefined && taken.events.length > 0) sends.push({ ref, events: taken.events })
    passed.push(...(taken.infos as Ticket[]))
    demand -= taken.events.length
    queue = taken.queue
  }
  const { tickets, infos } = pass(state.tickets, passed)
  return step(withPartition({ ...state, tickets }, name, { ref, demand, queue }), { sends, infos })
}

function distribute<E>(
  state: PartitionState<E>,
  events: readonly E[],
  hash: (event: E) => PartitionName | undefined,
): Step<E, PartitionState<E>> {
  const count = Math.min(state.waiting, events.length)
  const groups = groupByPartition(state, events.slice(0, count), hash)
  const kept = [...groups.values()].reduce((sum, group) => sum + group.length, 0)
  const sends: Send<E>[] = []
  let next = { ...state, waiting: state.waiting - count }
  for (const [name, group] of groups) {
    const { queue, demand } = partitionAt(next, name)
    const one = deliver(next, name, queue.add(group), demand)
    sends.push(...one.sends)
    next = one.state
  }
  // What the hash left out was asked for by somebody: it must be asked for again.
  const left = count - kept
  return step({ ...next, waiting: next.waiting + left }, { sends, rest: events.slice(count), demand: left })
}

function groupByPartition<E>(
  { partitions }: PartitionState<E>,
  events: readonly E[],
  hash: (event: E) => PartitionName | undefined,
): ReadonlyMap<PartitionName, readonly E[]> {
  const groups = new Map<PartitionName, E[]>()
  for (const event of events) {
    const name = hash(event)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group) group.push(event)
    else if (partitions.has(name)) groups.set(name, [event])
    else throw unknownPartition(name, partitions)
  }
  return groups
}

function queueInfo<E>(state: PartitionState<E>, message: unknown): Step<E, PartitionState<E>> {
  const queued = [...state.partitions].filter(([, { queue }]) => !queue.isEmpty)
  if (queued.length === 0) return step(state, { infos: [message] })
  const ticket: Ticket = { id: state.lastTicket + 1, message }
  const marked = queued.map(
    ([name, partition]) => [name, { ...partition, queue: partition.queue.addInfo(ticket) }] as const,
  )
  return step({
    ...state,
    partitions: new Map([...state.partitions, ...marked]),
    tickets: new Map([...state.tickets, [ticket.id, queued.length]]),
    lastTicket: ticket.id,
  })
}

function pass(
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

const partitionAt = <E>({ partitions }: PartitionState<E>, name: PartitionName): Partition<E> =>
  partitions.get(name) ?? { ref: undefined, demand: 0, queue: new EventQueue() }

const withPartition = <E>(
  state: PartitionState<E>,
  name: PartitionName,
  partition: Partition<E>,
): PartitionState<E> => ({ ...state, partitions: new Map(state.partitions).set(name, partition) })

function nameOf<E>({ partitions }: PartitionState<E>, ref: string): PartitionName {
  for (const [name, partition] of partitions) if (partition.ref === ref) return name
  throw new Error(`no partition has the subscription ${ref}`)
}

function freePartition<E>(
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

const unknownPartition = (name: unknown, partitions: ReadonlyMap<PartitionName, unknown>): Problem =>
  badPartition(`there is no partition ${JSON.stringify(name)}`, partitions)

const badPartition = (message: string, partitions: ReadonlyMap<PartitionName, unknown>): Problem =>
  new Problem('bad_partition', message, {
    field: 'partition',
    wayOut: `name one of: ${[...partitions.keys()].join(', ')}`,
  })

function namesOf<E>({ partitions, hash }: PartitionDispatcherOptions<E>): readonly PartitionName[] {
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
