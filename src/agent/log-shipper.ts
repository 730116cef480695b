import type { NewLogLine } from '../contract/index.ts'
import type { Clock } from '../kernel/index.ts'

/** How lines travel. */
export interface LogShipperOptions {
  /** Delivers one batch, trying again as long as that makes sense. Rejects when no more will be taken. */
  readonly send: (lines: readonly NewLogLine[]) => Promise<void>
  readonly clock: Clock
  /** Most lines in one batch. */
  readonly batchMax: number
  /** Longest time that a line waits for company, in milliseconds. */
  readonly batchMs: number
  /** Most characters held; whoever pushes more waits. */
  readonly heldMax: number
}

/** What a line costs beside its text, so that empty lines are bounded too. */
const LINE_COST = 64

const costOf = (lines: readonly NewLogLine[]): number =>
  lines.reduce((sum, { message }) => sum + message.length + LINE_COST, 0)

/**
 * Sends log lines in order, one batch at a time.
 *
 * Lines are not dropped while they may still be delivered: when the server is away the sender
 * waits, and with it the pipe of the command that writes. After a refusal (the build is not
 * ours any more, its log is full) lines are dropped at once. A batch whose answer got lost is sent
 * again, so its lines may appear twice.
 */
export class LogShipper {
  readonly #options: LogShipperOptions
  #queue: NewLogLine[] = []
  #held = 0
  #refused = false
  #hurried = false
  #sending: Promise<void> | undefined
  #endWait: (() => void) | undefined
  #room: (() => void)[] = []

  constructor(options: LogShipperOptions) {
    this.#options = options
  }

  /** Resolves when there is room for the next line. Never rejects. */
  async push(line: NewLogLine): Promise<void> {
    if (this.#refused) return
    this.#queue.push(line)
    this.#held += costOf([line])
    this.#sending ??= this.#deliver()
    if (this.#isDue()) this.#endWait?.()
    while (this.#isFull()) await new Promise<void>((resolve) => this.#room.push(resolve))
  }

  /** Resolves when everything pushed before is delivered or refused. */
  async flush(): Promise<void> {
    this.#hurried = true
    this.#endWait?.()
    await this.#sending
    this.#hurried = false
  }

  async #deliver(): Promise<void> {
    while (this.#queue.length > 0) {
      if (!this.#isDue()) await this.#wait()
      const batch = this.#queue.slice(0, this.#options.batchMax)
      await this.#options.send(batch).catch(() => {
        this.#refused = true
      })
      const done = this.#refused ? this.#queue.length : batch.length
      this.#held -= costOf(this.#queue.splice(0, done))
      for (const resolve of this.#room.splice(0)) resolve()
    }
    this.#sending = undefined
  }

  async #wait(): Promise<void> {
    const { clock, batchMs } = this.#options
    await new Promise<void>((resolve) => {
      const timer = clock.after(batchMs, resolve)
      this.#endWait = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#endWait = undefined
  }

  #isDue(): boolean {
    return this.#hurried || this.#queue.length >= this.#options.batchMax || this.#isFull()
  }

  #isFull(): boolean {
    return this.#held > this.#options.heldMax
  }
}
