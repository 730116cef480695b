import { availableParallelism } from 'node:os'
import { Problem } from '../../kernel/index.ts'
import { CallError } from '../call-request.ts'
import type { Dest, Findable, Runtime } from '../context.ts'
import { describeDest, locate } from '../destination.ts'
import type { Key } from '../key.ts'
import type { Pid } from '../pid.ts'
import type { Host } from '../process.ts'
import type { StartOptions } from '../server/definition.ts'
import { hostFor } from '../server/gen-server.ts'
import type { ChildCounts, ChildInfo } from './child.ts'
import type { ChildOptions, ChildPlace, ChildSpec, StartOutcome } from './child-spec.ts'
import { Partitions } from './partitions.ts'
import type { RestartLimits } from './restart-window.ts'
import { Supervisor, type SupervisorRef } from './supervisor.ts'
import type { Strategy, SupervisorOptions } from './supervisor-state.ts'

/** What a partition supervisor is made of. */
export interface PartitionOptions extends RestartLimits {
  readonly name?: string | undefined
  /** The child of a partition, from 0 up; its id is replaced by the number. */
  readonly child: (partition: number) => ChildSpec
  /** How many; one per core by default. */
  readonly partitions?: number | undefined
  /** `one_for_one` by default. */
  readonly strategy?: Strategy | undefined
}

/** A child of a partition supervisor. */
export interface PartitionInfo extends Omit<ChildInfo, 'id'> {
  readonly partition: number
}

const tables = new WeakMap<Pid, Partitions>()

/**
 * The same child several times, so that work for different keys does not wait for
 * each other: `via(name, key)` is the child that serves the key, whichever process
 * it is at the moment.
 */
export const PartitionSupervisor = {
  async startLink(options: PartitionOptions, start: StartOptions = {}): Promise<SupervisorRef> {
    return Supervisor.startLink(supervised(options), { name: options.name, ...start })
  },

  /** A partition supervisor as a child of a supervisor. */
  child(options: PartitionOptions & Omit<ChildOptions, 'name'>): ChildSpec {
    const { id = options.name ?? 'partition_supervisor', ...rest } = options
    return Supervisor.child({ ...rest, ...supervised(options), id, name: options.name })
  },

  /** Where to send what concerns `key`; nobody while that child is being restarted. */
  via(supervisor: Dest, key: Key, runtime?: Runtime): Findable {
    const host = hostFor(supervisor, runtime)
    return {
      whereis: () => tableAt(host, supervisor)?.pidFor(key),
      toString: () => `partition of ${describeDest(supervisor)}`,
    }
  },

  /** How many partitions are in use; throws `CallError` (noproc) when nobody is there. */
  partitions(supervisor: Dest, runtime?: Runtime): number {
    return mustFind(hostFor(supervisor, runtime), supervisor, 'partitions').size
  },

  /** By partition, the last one first. */
  async whichChildren(supervisor: Dest, runtime?: Runtime): Promise<readonly PartitionInfo[]> {
    const children = await Supervisor.whichChildren(supervisor, runtime)
    return children.map(({ id, ...child }) => ({ ...child, partition: Number(id) }))
  },

  countChildren(supervisor: Dest, runtime?: Runtime): Promise<ChildCounts> {
    return Supervisor.countChildren(supervisor, runtime)
  },

  /**
   * Uses fewer partitions, or again up to as many as it was started with; gives
   * the number before. Children beyond are stopped, keys are spread anew.
   */
  async resize(supervisor: Dest, partitions: number, runtime?: Runtime): Promise<number> {
    const host = hostFor(supervisor, runtime)
    const table = mustFind(host, supervisor, 'resize')
    check('partitions', partitions, 0, table.max)
    const before = table.size
    if (partitions < before) table.size = partitions
    const inOrder = Array.from({ length: Math.abs(partitions - before) }, (_, index) =>
      String(Math.min(partitions, before) + index),
    )
    for (const id of inOrder) {
      if (partitions < before) await Supervisor.terminateChild(supervisor, id, host as Host & Runtime)
      else await restart(host, supervisor, id)
    }
    table.size = partitions
    return before
  },
} as const

function supervised(options: PartitionOptions): SupervisorOptions {
  const { child, partitions = availableParallelism(), strategy = 'one_for_one', ...limits } = options
  check('partitions', partitions, 1, Number.MAX_SAFE_INTEGER)
  const children = Array.from({ length: partitions }, (_, partition) => {
    const spec = child(partition)
    const start = async (place: ChildPlace): Promise<StartOutcome> => {
      const outcome = await spec.start(place)
      if (outcome.status === 'started') tableOf(place.parent, partitions).started(partition, outcome.pid)
      return outcome
    }
    return { ...spec, id: String(partition), start }
  })
  const { maxRestarts, maxSeconds } = limits
  return { strategy, children, maxRestarts, maxSeconds }
}

function tableOf(supervisor: Pid, partitions: number): Partitions {
  const known = tables.get(supervisor)
  if (known) return known
  const made = new Partitions(partitions)
  tables.set(supervisor, made)
  return made
}

function tableAt(host: Host, supervisor: Dest): Partitions | undefined {
  const pid = locate(host, supervisor)
  return pid?.process && tables.get(pid)
}

function mustFind(host: Host, supervisor: Dest, request: string): Partitions {
  const table = tableAt(host, supervisor)
  if (table) return table
  throw new CallError('noproc', 'noproc', describeDest(supervisor), request)
}

async function restart(host: Host, supervisor: Dest, id: string): Promise<void> {
  const restarted = await Supervisor.restartChild(supervisor, id, host as Host & Runtime)
  if (restarted.ok || restarted.reason === 'running') return
  throw new Problem('partition_not_started', `partition ${id} did not start: ${restarted.reason}`, {
    field: 'partitions',
  })
}

function check(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new Problem('invalid_partitions', `${field} cannot be ${value}`, {
    field,
    wayOut: `give a whole number from ${least} to ${most}`,
  })
}
