import { Pending } from '../call-request.ts'
import type { Process } from '../process.ts'
import type { ServerProcess } from './server-process.ts'

/** How a system request went; a failure is the asker's, the server goes on. */
export type SystemAnswer = { readonly value: unknown } | { readonly thrown: unknown }

/** A request of `sys` in the mailbox: answered past the callbacks, also while the server is suspended. */
export class SystemRequest extends Pending<SystemAnswer> {
  readonly run: (server: ServerProcess) => unknown
  protected readonly label: string

  constructor(target: Process, label: string, run: (server: ServerProcess) => unknown, limitMs: number) {
    super(target, limitMs)
    this.label = label
    this.run = run
  }

  get type(): '$system' {
    return '$system'
  }
}
