import { canonical, type Key } from '../key.ts'
import type { Pid } from '../pid.ts'
import { processOf } from '../process.ts'

/** One registration. */
export interface Entry {
  readonly pid: Pid
  readonly key: Key
  readonly value: unknown
}

type Text = string | symbol

/** The entries of a registry, by key and by holder. Dead holders count as absent from their end on. */
export class RegistryTable {
  readonly keys: 'unique' | 'duplicate'
  /** The process that cleans up; registrants are linked to it. */
  readonly owner: Pid
  private readonly byKey = new Map<Text, readonly Entry[]>()
  private readonly byPid = new Map<Pid, ReadonlySet<Text>>()

  constructor(keys: 'unique' | 'duplicate', owner: Pid) {
    this.keys = keys
    this.owner = owner
  }

  lookup(key: Key): readonly Entry[] {
    return (this.byKey.get(canonical(key)) ?? []).filter(({ pid }) => processOf(pid))
  }

  /** Adds an entry; the holder, when the key is taken in a unique registry. */
  add(entry: Entry): Entry | undefined {
    const text = canonical(entry.key)
    const there = this.lookup(entry.key)
    const [holder] = there
    if (holder && this.keys === 'unique') return holder
    this.byKey.set(text, [...there, entry])
    this.byPid.set(entry.pid, new Set([...(this.byPid.get(entry.pid) ?? []), text]))
    return undefined
  }

  /** Removes what `pid` holds under `key`. */
  remove(pid: Pid, key: Key): void {
    const text = canonical(key)
    this.drop(pid, text)
    const left = new Set(this.byPid.get(pid))
    left.delete(text)
    if (left.size > 0) this.byPid.set(pid, left)
    else this.byPid.delete(pid)
  }

  /** Removes everything of a process that ended. */
  removeAll(pid: Pid): void {
    for (const text of this.byPid.get(pid) ?? []) this.drop(pid, text)
    this.byPid.delete(pid)
  }

  /** Puts a new value in the place of the caller's own entry; false when it has none. */
  update(pid: Pid, key: Key, change: (value: unknown) => unknown): boolean {
    const entries = this.lookup(key)
    if (!entries.some((entry) => entry.pid === pid)) return false
    const changed = entries.map((entry) =>
      entry.pid === pid ? { ...entry, value: change(entry.value) } : entry,
    )
    this.byKey.set(canonical(key), changed)
    return true
  }

  keysOf(pid: Pid): readonly Key[] {
    return [...(this.byPid.get(pid) ?? [])].flatMap((text) =>
      (this.byKey.get(text) ?? []).filter((entry) => entry.pid === pid).map(({ key }) => key),
    )
  }

  /** How many entries of living processes there are. */
  get size(): number {
    let size = 0
    for (const entries of this.byKey.values()) size += entries.filter(({ pid }) => processOf(pid)).length
    return size
  }

  private drop(pid: Pid, text: Text): void {
    const left = (this.byKey.get(text) ?? []).filter((entry) => entry.pid !== pid)
    if (left.length > 0) this.byKey.set(text, left)
    else this.byKey.delete(text)
  }
}
