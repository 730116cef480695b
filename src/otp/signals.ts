import type { ExitReason } from './exit.ts'
import { hasItem, listItems, withoutItem } from './few.ts'
import { ExitSignal } from './pid.ts'
import type { Process, ProcessId } from './process.ts'
import { Ring } from './ring.ts'
import type { Watcher } from './watcher.ts'

interface Death {
  readonly process: Process
  readonly reason: ExitReason
  readonly watchers: readonly Watcher[]
}

/**
 * Carries exits from process to process. An end is logical and immediate: names
 * are free before anybody can see it. A chain of links is worked off as a list,
 * so its length is no matter of the stack.
 */
export class Signals {
  private readonly deaths = new Ring<Death>()
  private readonly onDeath: (process: Process, reason: ExitReason) => void
  private telling = false

  constructor(onDeath: (process: Process, reason: ExitReason) => void) {
    this.onDeath = onDeath
  }

  /** Ends `process`; a second end is ignored. */
  end(process: Process, reason: ExitReason): void {
    if (!process.alive) return
    this.deaths.push({ process, reason, watchers: process.die(reason) })
    if (this.telling) return
    this.telling = true
    try {
      for (let death = this.deaths.shift(); death; death = this.deaths.shift()) this.tell(death)
    } finally {
      this.telling = false
    }
  }

  private tell({ process, reason, watchers }: Death): void {
    this.onDeath(process, reason)
    process.mourn()
    for (const monitor of listItems(process.monitors)) monitor.stop()
    for (const watcher of watchers) watcher.processEnded(process.pid, reason)
    for (const peer of listItems(process.links)) {
      peer.links = withoutItem(peer.links, process)
      signalExit(peer, process.pid, reason, 'link')
    }
    process.links = undefined
  }
}

/** Delivers one exit signal by the table every Erlang programmer knows. */
export function signalExit(to: Process, from: ProcessId, reason: ExitReason, via: 'link' | 'exit'): void {
  if (!to.alive) return
  if (reason === 'kill' && via === 'exit') to.kill()
  else if (to.trapping) to.deliver(new ExitSignal(from, reason))
  else if (reason !== 'normal' || from === to.pid) to.host.end(to, reason)
}

/** Links two processes both ways; a dead peer answers with the exit `noproc`. */
export function link(process: Process, pid: ProcessId): void {
  const peer = pid.process
  if (peer === process) return
  if (!peer) return signalExit(process, pid, 'noproc', 'link')
  peer.addLink(process)
  process.addLink(peer)
}

/** After this, no exit of that peer arrives any more. */
export function unlink(process: Process, peer: Process | undefined): void {
  if (!peer || !hasItem(process.links, peer)) return
  process.links = withoutItem(process.links, peer)
  peer.links = withoutItem(peer.links, process)
}
