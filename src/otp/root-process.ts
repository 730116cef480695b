import { ExitSignal } from './pid.ts'
import { type Host, Process } from './process.ts'

/** The root takes what reaches it at once: it has no mailbox and runs nothing. */
export class RootProcess extends Process {
  private readonly onExit: (exit: ExitSignal) => void

  constructor(host: Host, onExit: (exit: ExitSignal) => void) {
    super({ host, starter: undefined, linked: false, module: 'root' })
    this.trapping = true
    this.onExit = onExit
  }

  override deliver(message: unknown): void {
    if (message instanceof ExitSignal) this.onExit(message)
  }

  protected work(): boolean {
    return false
  }
}
