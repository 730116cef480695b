import type { TraceEvent } from '../contract/index.ts'
import { attach, type Clock, detach, newId } from '../kernel/index.ts'
import {
  formatExit,
  type Pid,
  type ProcessInfo,
  ProcessStopped,
  ServerTraced,
  sys,
  type TraceStep,
} from '../otp/index.ts'
import { askServer } from './process-detail.ts'
import { shownValue } from './shown-value.ts'
import type { WatchedNode } from './watched-node.ts'

/** Told what a traced process does, from inside of that process: must be quick and must not throw. */
export type TraceListener = (event: TraceEvent) => void

/** Traces processes of one node for any number of listeners each. */
export interface Tracer {
  /**
   * Tells the listener of each step of the process until the returned function is
   * called; `end` is the last event. Rejects with the `Problem` of `askServer`.
   */
  trace(info: ProcessInfo, listener: TraceListener): Promise<() => void>
}

/** Steps told in one pause; a busy process takes more messages than anybody can read. */
const STEPS_MAX = 50
const PAUSE_MS = 250

/** A tracer of the node; tracing costs a process nothing while nobody listens to it. */
export function createTracer(node: WatchedNode): Tracer {
  const listeners = new Map<Pid, number>()
  const switchTo = (info: ProcessInfo, on: boolean): Promise<void> =>
    askServer(node, info, (options) => sys.trace(info.pid, on, options))
  const leave = (info: ProcessInfo): void => {
    const left = (listeners.get(info.pid) ?? 1) - 1
    if (left > 0) return void listeners.set(info.pid, left)
    listeners.delete(info.pid)
    // One that has ended, or is too busy to hear it, is not traced by anybody: nothing to mend.
    switchTo(info, false).catch(() => undefined)
  }
  return {
    async trace(info, listener) {
      const deaf = listen(node.runtime.clock, info.pid, listener)
      const stop = once(() => {
        deaf()
        leave(info)
      })
      listeners.set(info.pid, (listeners.get(info.pid) ?? 0) + 1)
      await switchTo(info, true).catch((error: unknown) => {
        stop()
        throw error
      })
      return stop
    },
  }
}

function once(run: () => void): () => void {
  let ran = false
  return () => {
    if (!ran) run()
    ran = true
  }
}

/** Listens until the returned function is called. */
function listen(clock: Clock, pid: Pid, listener: TraceListener): () => void {
  const id = `dashboard.trace ${newId()}`
  const thinned = thin(clock, listener)
  const now = (): string => new Date(clock.nowMs()).toISOString()
  attach(id, ServerTraced, (_name, traced) => {
    if (traced.pid === pid) thinned(traced.step, now)
  })
  attach(`${id} end`, ProcessStopped, (_name, ended) => {
    if (ended.pid === pid) listener({ type: 'end', at: now(), reason: formatExit(ended.reason) })
  })
  return () => {
    detach(id)
    detach(`${id} end`)
  }
}

/** Passes on so many steps in each pause, and afterwards how many it left out. */
function thin(clock: Clock, listener: TraceListener): (step: TraceStep, now: () => string) => void {
  let told = 0
  let skipped = 0
  const begin = (): void => {
    clock.after(PAUSE_MS, pauseOver, { background: true })
  }
  const pauseOver = (): void => {
    if (skipped > 0) listener({ type: 'skipped', steps: skipped })
    told = 0
    skipped = 0
  }
  return (step, now) => {
    // That a message got no reply says nothing that its arrival did not say.
    if (step.type === 'noreply') return
    if (told === 0 && skipped === 0) begin()
    if (told >= STEPS_MAX) skipped++
    else {
      told++
      listener(traceEvent(step, now()))
    }
  }
}

/** Without the state: that is shown formatted, or not at all. */
function traceEvent(step: Exclude<TraceStep, { readonly type: 'noreply' }>, at: string): TraceEvent {
  return step.type === 'in'
    ? { type: 'in', at, message: shownValue(step.message) }
    : { type: 'out', at, value: shownValue(step.value), to: step.to?.id ?? null }
}
