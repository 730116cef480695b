import { type Key, stableHash } from '../otp/index.ts'
import { type Dispatcher, type Send, type Step, step } from './dispatcher.ts'
import { EventQueue } from './event-queue.ts'
import {
  freePartition,
  nameOf,
  namesOf,
  type Partition,
  type PartitionDispatcherOptions,
  type PartitionName,
  type PartitionState,
  partitionAt,
  pass,
  type Ticket,
  unknownPartition,
  withPartition,
} from './partitions.ts'

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
