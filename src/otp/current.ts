import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pid } from './pid.ts'
import type { Host, Process, Run } from './process.ts'

let current: Process | undefined
/** Made by the first runtime that wants it: from then on every `await` of Node 20 and 22 costs more. */
let across: AsyncLocalStorage<Run | undefined> | undefined

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
  if (current || !across) return current
  const run = across.getStore()
  return run?.over === false ? run.process : undefined
}

/** The running process, if it lives in that runtime. */
export function runningIn(host: Host): Process | undefined {
  const process = currentProcess()
  return process?.host === host ? process : undefined
}

/** Begins a run of `process` and returns who ran before, for `resume`. */
export function enter(process: Process): Process | undefined {
  const before = current
  current = process
  if (across) {
    if (process.host.tracksAcrossAwaits) process.run = { process, over: false }
    across.enterWith(process.run)
  }
  return before
}

/** Ends the synchronous part of a run: `before` goes on. */
export function resume(before: Process | undefined): void {
  current = before
  across?.enterWith(before?.run)
}

/** Ends the run of `process`, if there is one: its handler has settled. */
export function finishRun(process: Process): void {
  const { run } = process
  if (!run) return
  run.over = true
  process.run = undefined
}

/**
 * The pid of the process whose code runs; undefined outside of any. After an
 * `await` only with the runtime's `asyncContext`, and only until the handler has
 * settled; `ctx.self` always knows.
 */
export function self(): Pid | undefined {
  return currentProcess()?.pid
}
