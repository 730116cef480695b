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

/** Entries by key and by holder. Dead holders count as absent from their end on. */
export class RegistryPart {
  private readonly byKey = new Map<Text, readonly Entry[]>()
  private readonly byPid = new Map<Pid, ReadonlySet<Text>>()

  lookup(key: Key): readonly Entry[] {
    return (this.byKey.get(canonical(key)) ?? []).filter(isHeld)
  }

  add(entry: Entry): void {
    const text = canonical(entry.key)
    this.byKey.set(text, [...this.lookup(entry.key), entry])
    this.byPid.set(entry.pid, new Set([...(this.byPid.get(entry.pid) ?? []), text]))
  }

  /** Removes what `pid` holds under `key`, as far as it `matches`. */
  remove(pid: Pid, key: Key, matches: (value: unknown) => boolean): void {
    const text = canonical(key)
    this.drop(text, (entry) => entry.pid === pid && matches(entry.value))
    if (this.byKey.get(text)?.some((entry) => entry.pid === pid)) return
    const left = new Set(this.byPid.get(pid))
    left.delete(text)
    if (left.size > 0) this.byPid.set(pid, left)
    else this.byPid.delete(pid)
  }

  /** Removes everything of a process that ended. */
  removeAll(pid: Pid): void {
    for (const text of this.byPid.get(pid) ?? []) this.drop(text, (entry) => entry.pid === pid)
    this.byPid.delete(pid)
  }

  /** Puts a new value in the place of the own entry; false when there is none. */
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

  entries(): readonly Entry[] {
    return [...this.byKey.values()].flatMap((entries) => entries.filter(isHeld))
  }

  private drop(text: Text, goes: (entry: Entry) => boolean): void {
    const left = (this.byKey.get(text) ?? []).filter((entry) => !goes(entry))
    if (left.length > 0) this.byKey.set(text, left)
    else this.byKey.delete(text)
  }
}

function isHeld({ pid }: Entry): boolean {
  return processOf(pid) !== undefined
}
