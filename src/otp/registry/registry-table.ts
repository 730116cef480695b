import { canonical, type Key, stableHash } from '../key.ts'
import type { Pid } from '../pid.ts'
import type { Process } from '../process.ts'
import { Locks } from './locks.ts'
import { type Entry, RegistryPart } from './registry-part.ts'

/** What a registry knows: entries in partitions, its own data, and locks. */
export class RegistryTable {
  readonly keys: 'unique' | 'duplicate'
  /** The process that cleans up; registrants are linked to it. */
  readonly owner: Pid
  readonly locks: Locks
  readonly meta = new Map<string | symbol, unknown>()
  private readonly parts: readonly RegistryPart[]

  constructor(keys: 'unique' | 'duplicate', owner: Process, partitions: number) {
    this.keys = keys
    this.owner = owner.pid
    this.locks = new Locks(owner)
    this.parts = Array.from({ length: partitions }, () => new RegistryPart())
  }

  lookup(key: Key): readonly Entry[] {
    return this.groups(key).flat()
  }

  /** The entries under `key`, by partition; partitions without any are left out. */
  groups(key: Key): readonly (readonly Entry[])[] {
    const parts = this.keys === 'unique' ? [this.partOf(key)] : this.parts
    return parts.map((part) => part.lookup(key)).filter((entries) => entries.length > 0)
  }

  /** Adds an entry; the holder, when the key is taken in a unique registry. */
  add(entry: Entry): Entry | undefined {
    const [holder] = this.keys === 'unique' ? this.lookup(entry.key) : []
    if (!holder) this.partFor(entry.pid, entry.key).add(entry)
    return holder
  }

  remove(pid: Pid, key: Key, matches: (value: unknown) => boolean): void {
    this.partFor(pid, key).remove(pid, key, matches)
  }

  removeAll(pid: Pid): void {
    for (const part of this.parts) part.removeAll(pid)
  }

  update(pid: Pid, key: Key, change: (value: unknown) => unknown): boolean {
    return this.partFor(pid, key).update(pid, key, change)
  }

  keysOf(pid: Pid): readonly Key[] {
    return this.parts.flatMap((part) => part.keysOf(pid))
  }

  /** All entries of living processes. */
  entries(): readonly Entry[] {
    return this.parts.flatMap((part) => part.entries())
  }

  /** Names belong to a partition by their key; groups by their members, so that no group burdens one part. */
  private partFor(pid: Pid, key: Key): RegistryPart {
    return this.keys === 'unique' ? this.partOf(key) : this.partOf(pid.id)
  }

  private partOf(key: Key): RegistryPart {
    const text = canonical(key)
    const index =
      typeof text === 'symbol' || this.parts.length === 1 ? 0 : stableHash(key) % this.parts.length
    return this.parts[index] as RegistryPart
  }
}
