import { type Err, err, type Ok, ok, Problem } from '../../kernel/index.ts'
import type { Context, Runtime, ViaName } from '../context.ts'
import { ProcessExited } from '../exit.ts'
import { canonical, type Key } from '../key.ts'
import type { Pid } from '../pid.ts'
import { processOf } from '../process.ts'
import type { RefOf, StartOptions } from '../server/definition.ts'
import { link, unlink } from '../signals.ts'
import type { ChildOptions, ChildSpec } from '../supervisor/child-spec.ts'
import type { Entry } from './registry-part.ts'
import { type RegistryOptions, RegistryServer, registryAt } from './registry-server.ts'

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
    const holder = enrol(registry, { pid: ctx.self, key, value }, ctx.runtime)
    if (!holder) return ok(registryAt(registry, ctx.runtime).table.owner)
    return { ...err('already_registered', `${String(canonical(key))} is held by ${holder.id}`), pid: holder }
  },

  /** Removes all own entries under `key`. */
  unregister(ctx: Registrant, registry: string, key: Key): void {
    Registry.unregisterMatch(ctx, registry, key, () => true)
  },

  /** Removes the own entries under `key` whose value `matches`. */
  unregisterMatch(
    { self, runtime }: Registrant,
    registry: string,
    key: Key,
    matches: (value: unknown) => boolean,
  ): void {
    const { table, tell } = registryAt(registry, runtime)
    table.remove(self, key, matches)
    tell({ type: 'unregister', registry, key, pid: self })
    const process = processOf(self)
    if (process && table.keysOf(self).length === 0) unlink(process, processOf(table.owner))
  },

  /** Changes the value of the own entry; false when there is none. Unique registries only. */
  updateValue(ctx: Registrant, registry: string, key: Key, change: (value: unknown) => unknown): boolean {
    const { table } = registryAt(registry, ctx.runtime)
    mustBeUnique(table.keys, registry, 'cannot tell which value to change')
    return table.update(ctx.self, key, change)
  },

  lookup(registry: string, key: Key, runtime?: Runtime): readonly Entry[] {
    return registryAt(registry, runtime).table.lookup(key)
  },

  /** The entries under `key` whose value `matches`. */
  match(
    registry: string,
    key: Key,
    matches: (value: unknown) => boolean,
    runtime?: Runtime,
  ): readonly Entry[] {
    return Registry.lookup(registry, key, runtime).filter(({ value }) => matches(value))
  },

  countMatch(registry: string, key: Key, matches: (value: unknown) => boolean, runtime?: Runtime): number {
    return Registry.match(registry, key, matches, runtime).length
  },

  /** What `pick` makes of every entry of the registry; undefined leaves one out. */
  select<T>(registry: string, pick: (entry: Entry) => T | undefined, runtime?: Runtime): readonly T[] {
    const { table } = registryAt(registry, runtime)
    return table.entries().flatMap((entry) => pick(entry) ?? [])
  },

  countSelect(registry: string, picks: (entry: Entry) => boolean, runtime?: Runtime): number {
    return registryAt(registry, runtime).table.entries().filter(picks).length
  },

  /** The keys that a process holds; one that it holds twice is there twice. */
  keys(registry: string, pid: Pid, runtime?: Runtime): readonly Key[] {
    return registryAt(registry, runtime).table.keysOf(pid)
  },

  /** The values that a process has under `key`. */
  values(registry: string, key: Key, pid: Pid, runtime?: Runtime): readonly unknown[] {
    const entries = Registry.lookup(registry, key, runtime)
    return entries.filter((entry) => entry.pid === pid).map(({ value }) => value)
  },

  count(registry: string, runtime?: Runtime): number {
    return registryAt(registry, runtime).table.entries().length
  },

  /** Hands the entries under `key` to `use`, once per partition that has any. */
  dispatch(registry: string, key: Key, use: (entries: readonly Entry[]) => void, runtime?: Runtime): void {
    for (const entries of registryAt(registry, runtime).table.groups(key)) use(entries)
  },

  /** Data of the registry itself; undefined when there is none under `key`. */
  meta(registry: string, key: Key, runtime?: Runtime): unknown {
    return registryAt(registry, runtime).table.meta.get(canonical(key))
  },

  putMeta(registry: string, key: Key, value: unknown, runtime?: Runtime): void {
    registryAt(registry, runtime).table.meta.set(canonical(key), value)
  },

  deleteMeta(registry: string, key: Key, runtime?: Runtime): void {
    registryAt(registry, runtime).table.meta.delete(canonical(key))
  },

  /**
   * Runs `work` while no other process does so under the same key; others wait in
   * the order they came. The lock goes with the end of the process that holds it.
   */
  async lock<T>(
    { self, runtime }: Registrant,
    registry: string,
    key: Key,
    work: () => T | PromiseLike<T>,
  ): Promise<T> {
    const process = processOf(self)
    if (!process) throw new ProcessExited(self.id, 'normal')
    const release = await registryAt(registry, runtime).table.locks.acquire(process, canonical(key))
    try {
      return await work()
    } finally {
      release()
    }
  },

  /** A key as a name to start a server under, and to call it by. Unique registries only. */
  via(registry: string, key: Key, runtime?: Runtime, value?: unknown): ViaName {
    return {
      whereis: () => registryAt(registry, runtime).table.lookup(key)[0]?.pid,
      claim(pid) {
        mustBeUnique(registryAt(registry, runtime).table.keys, registry, 'cannot name processes')
        return enrol(registry, { pid, key, value }, runtime)
      },
      toString: () => `${registry}/${String(canonical(key))}`,
    }
  },
} as const

/** Adds and links; the holder, when the key is taken. */
function enrol(registry: string, entry: Entry, runtime: Runtime | undefined): Pid | undefined {
  const { table, tell } = registryAt(registry, runtime)
  const process = processOf(entry.pid)
  const owner = processOf(table.owner)
  if (!process) throw new ProcessExited(entry.pid.id, 'normal')
  const holder = table.add(entry)
  if (holder) return holder.pid
  if (owner) link(process, owner.pid)
  tell({ type: 'register', registry, ...entry })
  return undefined
}

function mustBeUnique(keys: RegistryOptions['keys'], registry: string, what: string): void {
  if (keys === 'unique') return
  throw new Problem('duplicate_registry', `"${registry}" ${what}: its keys are not unique`, {
    field: 'registry',
    wayOut: 'use a registry with unique keys',
  })
}
