import { signal } from '@preact/signals'
import { client, reasonOf } from './client.ts'
import { type TraceLine, withEvent } from './trace-line.ts'

/** What a process does, while somebody looks. */
export interface TraceStream {
  readonly lines: { readonly value: readonly TraceLine[] }
  readonly state: { readonly value: 'opening' | 'live' | 'over' }
  /** Why it cannot be traced. */
  readonly problem: { readonly value: string | undefined }
  close(): void
}

/** Traces from now on until `close`, or until the process ends. */
export function openTrace(pid: string): TraceStream {
  const lines = signal<readonly TraceLine[]>([])
  const state = signal<'opening' | 'live' | 'over'>('opening')
  const problem = signal<string | undefined>(undefined)
  const closing = new AbortController()
  const follow = async (): Promise<void> => {
    for await (const event of client.node.trace(pid, closing.signal)) {
      state.value = 'live'
      lines.value = withEvent(lines.value, event)
    }
  }
  void follow()
    .catch((error: unknown) => {
      if (!closing.signal.aborted) problem.value = reasonOf(error)
    })
    .finally(() => {
      state.value = 'over'
    })
  return { lines, state, problem, close: () => closing.abort() }
}
