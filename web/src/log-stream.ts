import { signal } from '@preact/signals'
import type { LogLine } from '../../src/contract/index.ts'
import { client, reasonOf } from './client.ts'
import { LogBuffer } from './log-buffer.ts'

/** A build's log while it is on show. */
export interface LogStream {
  readonly buffer: LogBuffer
  /** Grows whenever lines were added. */
  readonly version: { readonly value: number }
  /** True once the build is over and every line is here. */
  readonly ended: { readonly value: boolean }
  /** Why the log cannot be read. */
  readonly problem: { readonly value: string | undefined }
  close(): void
}

/** Follows a log from its first line; lines are taken in once per frame, however fast they come. */
export function openLog(buildId: string): LogStream {
  const buffer = new LogBuffer()
  const version = signal(0)
  const ended = signal(false)
  const problem = signal<string | undefined>(undefined)
  const closing = new AbortController()
  let arrived: LogLine[] = []

  const takeIn = (): void => {
    const lines = arrived
    arrived = []
    if (buffer.add(lines) > 0) version.value += 1
  }
  const follow = async (): Promise<void> => {
    for await (const line of client.builds.followLogs(buildId, { signal: closing.signal }))
      if (arrived.push(line) === 1) requestAnimationFrame(takeIn)
    ended.value = true
  }
  follow().catch((error: unknown) => {
    if (!closing.signal.aborted) problem.value = reasonOf(error)
  })
  return { buffer, version, ended, problem, close: () => closing.abort() }
}
