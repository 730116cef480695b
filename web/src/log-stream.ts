import { signal } from '@preact/signals'
import type { LogLine } from '../../src/contract/index.ts'
import { LogBuffer } from './log-buffer.ts'

/** A build's log while it is on show. */
export interface LogStream {
  readonly buffer: LogBuffer
  /** Grows whenever lines were added. */
  readonly version: { readonly value: number }
  /** `ended`: the build is over and every line is here. */
  readonly status: { readonly value: 'open' | 'ended' | 'broken' }
  close(): void
}

const RETRY_MS = 2_000

/** Follows a log from its first line; lines are taken in once per frame, however fast they come. */
export function openLog(buildId: string): LogStream {
  const buffer = new LogBuffer()
  const version = signal(0)
  const status = signal<'open' | 'ended' | 'broken'>('open')
  let arrived: LogLine[] = []
  let closed = false
  let source = connect()

  function connect(): EventSource {
    const after = buffer.slice(buffer.length - 1, buffer.length)[0]?.seq ?? 0
    const opened = new EventSource(`/api/v1/builds/${encodeURIComponent(buildId)}/logs/stream?after=${after}`)
    opened.addEventListener('line', (event: MessageEvent<string>) => {
      if (arrived.push(JSON.parse(event.data)) === 1) requestAnimationFrame(takeIn)
    })
    opened.addEventListener('open', () => {
      status.value = 'open'
    })
    opened.addEventListener('end', () => {
      opened.close()
      status.value = 'ended'
    })
    opened.addEventListener('error', () => again(opened))
    opened.addEventListener('bye', () => again(opened))
    return opened
  }

  function again(broken: EventSource): void {
    broken.close()
    if (closed || status.value === 'ended') return
    status.value = 'broken'
    setTimeout(() => {
      if (!closed) source = connect()
    }, RETRY_MS)
  }

  function takeIn(): void {
    const lines = arrived
    arrived = []
    if (buffer.add(lines) > 0) version.value += 1
  }

  return {
    buffer,
    version,
    status,
    close() {
      closed = true
      source.close()
    },
  }
}
