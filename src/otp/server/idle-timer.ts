import type { Process } from '../process.ts'
import { WheelEntry } from '../timer-wheel.ts'

/**
 * The wait of `timeout(ms)`. When due it queues itself: whatever is in the
 * mailbox by then comes first and cancels it.
 */
export class IdleTimer extends WheelEntry {
  readonly ms: number
  private readonly process: Process

  constructor(process: Process, ms: number) {
    super()
    this.process = process
    this.ms = ms
  }

  arm(): this {
    if (this.ms === 0) this.fire()
    else if (this.ms !== Number.POSITIVE_INFINITY) this.process.host.background.add(this, this.ms)
    return this
  }

  /** The same wait from its beginning; this one counts no more, even when it has queued itself. */
  again(): IdleTimer {
    this.disarm()
    return new IdleTimer(this.process, this.ms).arm()
  }

  disarm(): void {
    this.process.host.background.remove(this)
  }

  fire(): void {
    this.process.deliver(this)
  }
}
