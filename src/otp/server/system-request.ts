import { Pending } from '../call-request.ts'
import type { Process } from '../process.ts'
import type { Management } from './management.ts'
import type { ServerLife } from './server-life.ts'

/** A server as `sys` sees it. */
export type ManagedServer = ServerLife & { readonly management: Management }

/** How a system request went; a failure is the asker's, the server goes on. */
export type SystemAnswer = { readonly value: unknown } | { readonly thrown: unknown }

/** A request of `sys` in the mailbox: answered past the callbacks, also while the server is suspended. */
export class SystemRequest extends Pending<SystemAnswer> {
  readonly run: (server: ManagedServer) => unknown
  protected readonly label: string

  constructor(target: Process, label: string, run: (server: ManagedServer) => unknown, limitMs: number) {
    super(target, limitMs)
    this.label = label
    this.run = run
  }

  get type(): '$system' {
    return '$system'
  }
}
