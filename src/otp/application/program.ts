/** A request to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

/** As shells count: 128 and the number of the signal. */
export const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }

/** What is heard from outside of the runtime. */
export interface ProgramListener {
  signal(signal: StopSignal): void
  /** An exception that no process caught: a bug beside the processes. */
  uncaught(error: unknown): void
}

/** The program that applications run in. */
export interface Program {
  /** Listens until the returned function is called. */
  listen(listener: ProgramListener): () => void
  /** Ends the program on the spot. */
  exit(code: number): void
}

/** The part of Node's `process` that a program needs. */
export interface NodeProcess {
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
  exit(code: number): never
  exitCode?: number | string | null | undefined
  emitWarning(warning: Error): void
}

/** Node's own process as a program: pass the global `process`. */
export function nodeProgram(node: NodeProcess): Program {
  return {
    exit: (code) => node.exit(code),
    listen(listener) {
      const events = {
        SIGINT: () => listener.signal('SIGINT'),
        SIGTERM: () => listener.signal('SIGTERM'),
        uncaughtException: (error: unknown) => {
          node.exitCode = 1
          node.emitWarning(error instanceof Error ? error : new Error(`uncaught: ${String(error)}`))
          listener.uncaught(error)
        },
      }
      for (const [event, heard] of Object.entries(events)) node.on(event, heard)
      return () => {
        for (const [event, heard] of Object.entries(events)) node.off(event, heard)
      }
    },
  }
}
