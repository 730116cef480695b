import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pid } from './pid.ts'
import type { Host, Process } from './process.ts'

let current: Process | undefined
/** Made by the first runtime that wants it: from then on every `await` of Node 20 and 22 costs more. */
let across: AsyncLocalStorage<Process | undefined> | undefined

/** Makes the running process known after an `await`, too, in runtimes that ask for it. */
export function trackAcrossAwaits(): void {
  across ??= new AsyncLocalStorage()
}

/**
 * The process whose code runs right now; undefined outside of any. Without
 * `asyncContext` it is known only for the synchronous part of a callback: after
 * an `await` nobody knows, and `ctx` must be used instead.
 */
export function currentProcess(): Process | undefined {
  return current ?? across?.getStore()
}

/** The running process, if it lives in that runtime. */
export function runningIn(host: Host): Process | undefined {
  const process = currentProcess()
  return process?.host === host ? process : undefined
}

/** Makes `process` the running one and returns the one before, to be put back. */
export function enter(process: Process | undefined): Process | undefined {
  const before = current
  current = process
  if (across && (process === undefined || process.host.tracksAcrossAwaits)) across.enterWith(process)
  return before
}

/**
 * The pid of the process whose code runs; undefined outside of any. After an
 * `await` only with the runtime's `asyncContext`; `ctx.self` always knows.
 */
export function self(): Pid | undefined {
  return currentProcess()?.pid
}
