import { type Err, err, type Ok, ok, Problem } from '../../kernel/index.ts'
import type { Context, Runtime, ViaName } from '../context.ts'
import { canonical, type Key } from '../key.ts'
import type { Pid } from '../pid.ts'
import { processOf } from '../process.ts'
import type { RefOf, StartOptions } from '../server/definition.ts'
import { link } from '../signals.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import { type RegistryOptions, RegistryServer, tableOf } from './registry-server.ts'
import type { Entry, RegistryTable } from './registry-table.ts'

/** A reference to a registry process. */
export type RegistryRef = RefOf<typeof RegistryServer>

/** A clash of keys names the holder. */
export type RegisterResult = Ok<Pid> | (Err<'already_registered'> & { readonly pid: Pid })

/** Who registers: the context of the process itself. */
type Registrant = Pick<Context, 'self' | 'runtime'>

/**
 * Local names and groups under any key. Reading costs no message. A process's
 * entries go with it; the registry and its registrants are linked.
 */
export const Registry = {
  startLink(options: RegistryOptions, start: StartOptions = {}): Promise<RegistryRef> {
    return RegistryServer.startLink(options, { name: options.name, ...start })
  },

  child(options: RegistryOptions & ChildOptions): ChildSpec {
    return RegistryServer.child(options, { ...options, id: options.id ?? options.name })
  },

  /** Registers the calling process under `key`. */
  register(ctx: Registrant, registry: string, key: Key, value?: unknown): RegisterResult {
    const table = tableOf(registry, ctx.runtime)
    const holder = enrol(table, { pid: ctx.self, key, value })
    if (!holder) return ok(table.owner)
    return { ...err('already_registered', `${String(canonical(key))} is held by ${holder.id}`), pid: holder }
  },

  /** Removes all own entries under `key`. */
  unregister(ctx: Registrant, registry: string, key: Key): void {
    tableOf(registry, ctx.runtime).remove(ctx.self, key)
  },

  /** Changes the value of the own entry; false when there is none. */
  updateValue(ctx: Registrant, registry: string, key: Key, change: (value: unknown) => unknown): boolean {
    return tableOf(registry, ctx.runtime).update(ctx.self, key, change)
  },

  lookup(registry: string, key: Key, runtime?: Runtime): readonly Entry[] {
    return tableOf(registry, runtime).lookup(key)
  },

  /** The keys that a process holds. */
  keys(registry: string, pid: Pid, runtime?: Runtime): readonly Key[] {
    return tableOf(registry, runtime).keysOf(pid)
  },

  count(registry: string, runtime?: Runtime): number {
    return tableOf(registry, runtime).size
  },

  /** Hands the entries under `key` to `use`; does not call it when there are none. */
  dispatch(registry: string, key: Key, use: (entries: readonly Entry[]) => void, runtime?: Runtime): void {
    const entries = tableOf(registry, runtime).lookup(key)
    if (entries.length > 0) use(entries)
  },

  /** A key as a name to start a server under, and to call it by. Unique registries only. */
  via(registry: string, key: Key, runtime?: Runtime): ViaName {
    return {
      whereis: () => tableOf(registry, runtime).lookup(key)[0]?.pid,
      claim(pid) {
        const table = tableOf(registry, runtime)
        if (table.keys === 'unique') return enrol(table, { pid, key, value: undefined })
        const wayOut = 'use a registry with unique keys'
        throw new Problem('duplicate_registry', `"${registry}" cannot name processes`, {
          field: 'registry',
          wayOut,
        })
      },
      toString: () => `${registry}/${String(canonical(key))}`,
    }
  },
} as const

/** Adds and links; the holder, when the key is taken. */
function enrol(table: RegistryTable, entry: Entry): Pid | undefined {
  const holder = table.add(entry)
  const process = processOf(entry.pid)
  const owner = processOf(table.owner)
  if (!holder && process && owner) link(process, owner.pid)
  return holder?.pid
}
