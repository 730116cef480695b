import { computed, effect, signal } from '@preact/signals'
import { flattened, type Healing, healings, type Pids, pidsOf, rates } from '../../src/contract/index.ts'
import { tree } from './live.ts'
import { preciseNowMs } from './now.ts'

/** A healing and when it was seen. */
export interface SeenHealing extends Healing {
  readonly atMs: number
}

const SEEN_MAX = 30

/** Processes that were seen coming back, newest first. */
export const seen = signal<readonly SeenHealing[]>([])
/** Messages a second, by pid. */
export const pace = signal<ReadonlyMap<string, number>>(new Map())

const places = computed(() => {
  const rows = tree.value ? flattened(tree.value.reply.root) : []
  return new Map(rows.map(({ process }) => [process.pid, process.id]))
})

/** What a process is called: by its registered name, else by its place in the tree, else by what it runs. */
export function titleOf({ pid, name, module }: Named): string {
  return name ?? places.value.get(pid) ?? module
}

interface Named {
  readonly pid: string
  readonly name: string | null
  readonly module: string
}

/** Compares every tree with the one before it. */
export function startWatchingProcesses(): void {
  let before = tree.peek()
  let pids: Pids = new Map()
  effect(() => {
    const now = tree.value
    if (!now) return
    if (before && before.reply.node === now.reply.node) {
      const atMs = preciseNowMs()
      const healed = healings(pids, now.reply.root).map((healing) => ({ ...healing, atMs }))
      if (healed.length > 0) seen.value = [...healed, ...seen.peek()].slice(0, SEEN_MAX)
      pace.value = rates(before.reply.root, now.reply.root, now.atMs - before.atMs)
      pids = pidsOf(now.reply.root, pids)
    } else pids = pidsOf(now.reply.root, new Map())
    before = now
  })
}
