import { Problem } from '../../kernel/index.ts'
import type { Context, Runtime } from '../context.ts'
import { canonical, type Key } from '../key.ts'
import type { Exit, Pid } from '../pid.ts'
import { type Host, hostOf, type Process, processOf } from '../process.ts'
import { defineServer } from '../server/define-server.ts'
import { noreply } from '../server/results.ts'
import { runtimeFor } from '../server/start.ts'
import { RegistryTable } from './registry-table.ts'

/** What a registry is made of. */
export interface RegistryOptions {
  /** The name by which it is used. */
  readonly name: string
  readonly keys: 'unique' | 'duplicate'
  /** Parts the entries are kept in, one by default; `dispatch` is called once for each. */
  readonly partitions?: number | undefined
  /**
   * Local names that are sent `Registered` and `Unregistered`; those that nobody
   * holds are passed over. The end of a holder is no `Unregistered`: monitor it.
   */
  readonly listeners?: readonly string[] | undefined
  /** First data for `Registry.meta`. */
  readonly meta?: readonly (readonly [Key, unknown])[] | undefined
}

/** Sent to the listeners of a registry. */
export interface Registered {
  readonly type: 'register'
  readonly registry: string
  readonly key: Key
  readonly pid: Pid
  readonly value: unknown
}

/** Sent to the listeners of a registry when a process gives up a key itself. */
export interface Unregistered {
  readonly type: 'unregister'
  readonly registry: string
  readonly key: Key
  readonly pid: Pid
}

const tables = new WeakMap<Host, Map<string, RunningRegistry>>()

/** A registry by its name. */
export interface RunningRegistry {
  readonly table: RegistryTable
  /** Tells the listeners. */
  tell(news: Registered | Unregistered): void
}

/**
 * Owns a table and cleans up after its registrants, to which it is linked: when
 * the registry crashes they fall with it, because they are no longer registered.
 */
export const RegistryServer = defineServer({
  name: 'registry',
  init: (options: RegistryOptions, ctx: Context) => {
    const { name, keys, partitions = 1, listeners = [], meta = [] } = options
    if (!Number.isInteger(partitions) || partitions < 1) throw badPartitions(partitions)
    ctx.trapExit(true)
    const host = hostOf(ctx.runtime)
    const table = new RegistryTable(keys, processOf(ctx.self) as Process, partitions)
    for (const [key, value] of meta) table.meta.set(canonical(key), value)
    const tell = (news: Registered | Unregistered): void => {
      for (const listener of listeners) host.names.get(listener)?.deliver(news)
    }
    tablesOf(host).set(name, { table, tell })
    return table
  },
  info: {
    EXIT: (table, exit: Exit) => {
      table.removeAll(exit.from)
      return noreply(table)
    },
  },
})

/** A running registry; throws when there is none of that name. */
export function registryAt(name: string, runtime: Runtime | undefined): RunningRegistry {
  const registry = tablesOf(runtimeFor(runtime)).get(name)
  if (registry && processOf(registry.table.owner)) return registry
  throw new Problem('unknown_registry', `no registry "${name}" runs`, {
    field: 'registry',
    wayOut: 'start it before its users: place it first in their supervisor',
  })
}

function tablesOf(host: Host): Map<string, RunningRegistry> {
  const known = tables.get(host)
  if (known) return known
  const made = new Map<string, RunningRegistry>()
  tables.set(host, made)
  return made
}

function badPartitions(partitions: number): Problem {
  return new Problem('invalid_partitions', `partitions cannot be ${partitions}`, {
    field: 'partitions',
    wayOut: 'give a whole number from 1 up',
  })
}
