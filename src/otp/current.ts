import type { Host, Process } from './process.ts'

let current: Process | undefined

/**
 * The process whose code runs right now; undefined outside of any. True only for
 * the synchronous part of a callback: after an `await` nobody knows, and `ctx`
 * must be used instead.
 */
export function currentProcess(): Process | undefined {
  return current
}

/** The running process, if it lives in that runtime. */
export function runningIn(host: Host): Process | undefined {
  return current?.host === host ? current : undefined
}

/** Makes `process` the running one and returns the one before, to be put back. */
export function enter(process: Process | undefined): Process | undefined {
  const before = current
  current = process
  return before
}
