import type { Clock } from '../kernel/index.ts'
import type { Terminal } from './output.ts'

/** The world as a command sees it; tests hand in another one. */
export interface Shell {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly terminal: Terminal
  /** Where a server's log goes. */
  readonly logStream: NodeJS.WriteStream
  readonly clock: Clock
  /** Calls back at each request to stop until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void
  /** Ends the program on the spot, leaving everything as it is. */
  exitNow(code: number): void
  /** Says how the program ends; 0 unless said otherwise. */
  endWith(code: number): void
}

/** How a program is asked to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Aborts at the first request to stop; `release` gives the signals back. */
export function stoppable(shell: Shell): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const release = shell.onSignal((signal) => controller.abort(new Interrupted(signal)))
  return { signal: controller.signal, release }
}

/** A person or an operator ended the command. */
export class Interrupted extends Error {
  readonly signal: StopSignal

  constructor(signal: StopSignal) {
    super('interrupted')
    this.signal = signal
  }
}
