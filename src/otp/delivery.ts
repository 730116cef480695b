import type { SendTimer } from './context.ts'
import { withItem, withoutItem } from './few.ts'
import { checkedMs } from './milliseconds.ts'
import type { Process } from './process.ts'
import { WheelEntry } from './timer-wheel.ts'

/** A message that a timer holds for a process; it goes with the process. */
class Delivery extends WheelEntry implements SendTimer {
  private readonly to: Process
  private readonly message: unknown
  /** Its own messages nothing may keep out; others' may meet a full mailbox. */
  private readonly own: boolean

  constructor(to: Process, message: unknown, own: boolean) {
    super()
    this.to = to
    this.message = message
    this.own = own
  }

  fire(): void {
    this.to.timers = withoutItem(this.to.timers, this)
    if (this.own) this.to.enqueue(this.message)
    else this.to.deliver(this.message)
  }

  cancel(): number | false {
    const wheel = this.to.host.background
    const leftMs = wheel.remainingMs(this)
    this.to.timers = withoutItem(this.to.timers, this)
    return wheel.remove(this) ? (leftMs ?? 0) : false
  }
}

/** Sends to a living process in `delayMs`; `own` when it sends to itself. */
export function deliverLater(to: Process, delayMs: number, message: unknown, own: boolean): SendTimer {
  checkedMs('delayMs', delayMs, 'finite')
  const delivery = new Delivery(to, message, own)
  to.timers = withItem<WheelEntry>(to.timers, delivery)
  to.host.background.add(delivery, delayMs)
  return delivery
}
