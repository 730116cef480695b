import { awaiting } from './rival.ts'

/** Messages through an array and a microtask, one after the other, and nothing else. */
class BareMailbox {
  private count = 0
  private queue: { readonly by: number; readonly answer?: (count: number) => void }[] = []
  private kicked = false

  send(by: number, answer?: (count: number) => void): void {
    this.queue.push(answer ? { by, answer } : { by })
    if (this.kicked) return
    this.kicked = true
    queueMicrotask(() => this.drain())
  }

  call(): Promise<number> {
    return new Promise((resolve) => this.send(0, resolve))
  }

  private drain(): void {
    this.kicked = false
    const { queue } = this
    this.queue = []
    for (const { by, answer } of queue) {
      this.count += by
      answer?.(this.count)
    }
  }
}

/** Not a rival but the physical limit of messages on one thread. */
export const bareMailbox = awaiting({
  name: 'bare mailbox',
  note: 'the limit: no deadline, links, monitors, exits, names or fairness',
  start: () => new BareMailbox(),
  call: (mailbox) => mailbox.call(),
  cast: (mailbox) => mailbox.send(1),
  stop: (mailbox) => mailbox.call(),
})
