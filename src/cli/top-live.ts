import { ClientError, type NodeClient } from '../client/index.ts'
import { type ProcessesReply, paceBetween } from '../contract/index.ts'
import type { Screen } from './screen.ts'
import { Interrupted, type Shell, stoppable } from './shell.ts'
import { topLines } from './top-frame.ts'
import { pressed, type TopView } from './top-view.ts'

/** What the live view asks, and how often. */
export interface TopOptions {
  readonly node: Pick<NodeClient, 'processes'>
  readonly view: TopView
  /** Pause between two looks. */
  readonly intervalMs: number
  readonly limit: number
}

/**
 * Shows the processes until somebody quits; false at once where there is no
 * terminal to show them on. Rejects with `Interrupted`, or with the refusal of
 * the server; one that does not answer is shown and asked again.
 */
export async function watchTop(shell: Shell, options: TopOptions): Promise<boolean> {
  const live = new TopLive(shell, options)
  const screen = shell.terminal.openScreen({
    onKey: (key) => live.press(key),
    onResize: () => live.draw(),
  })
  if (!screen) return false
  const { signal, release } = stoppable(shell)
  signal.addEventListener('abort', () => live.end(signal.reason))
  try {
    await live.run(screen)
    return true
  } finally {
    release()
    screen.close()
  }
}

class TopLive {
  private readonly shell: Shell
  private readonly options: TopOptions
  private readonly ended: Promise<void>
  private settle: { resolve(): void; reject(reason: unknown): void } = { resolve() {}, reject() {} }
  private over = false
  private view: TopView
  private screen: Screen | undefined
  private reply: ProcessesReply | undefined
  /** What the pace is measured from. */
  private base: ProcessesReply | undefined
  private pace: ReadonlyMap<string, number> = new Map()
  private problem: string | undefined
  private wake = (): void => {}

  constructor(shell: Shell, options: TopOptions) {
    this.shell = shell
    this.options = options
    this.view = options.view
    this.ended = new Promise((resolve, reject) => {
      this.settle = { resolve, reject }
    })
  }

  /** Resolves at the end, also while an answer is awaited. */
  run(screen: Screen): Promise<void> {
    this.screen = screen
    return Promise.race([this.ended, this.loop()])
  }

  press(key: string): void {
    const next = pressed(this.view, key)
    if (next === 'quit') return this.end()
    if (next === 'interrupt') return this.end(new Interrupted('SIGINT'))
    this.view = next
    this.draw()
    this.wake()
  }

  end(reason?: unknown): void {
    this.over = true
    if (reason === undefined) this.settle.resolve()
    else this.settle.reject(reason)
  }

  draw(): void {
    const { screen, shell, view, reply, pace, problem } = this
    if (!screen || this.over) return
    const { columns, rows } = screen
    const frame = { view, reply, pace, problem, columns, rows, nowMs: shell.clock.nowMs() }
    screen.show(topLines(frame, shell.terminal.paintData))
  }

  private async loop(): Promise<void> {
    this.draw()
    while (!this.over) {
      if (!this.view.paused) await this.look()
      this.draw()
      await this.nap()
    }
  }

  private async look(): Promise<void> {
    const { sort, filter } = this.view
    try {
      const { node, limit } = this.options
      this.take(await node.processes({ sort, limit, filter: filter.trim() || undefined }))
    } catch (error) {
      if (!(error instanceof ClientError) || (error.status > 0 && error.status < 500)) throw error
      this.problem = `${error.message}; asking again`
    }
  }

  /** A look that a key called for comes too soon after the last one to say how fast things go. */
  private take(reply: ProcessesReply): void {
    const { base } = this
    this.problem = undefined
    this.reply = reply
    if (base?.node === reply.node && reply.at_ms - base.at_ms < this.options.intervalMs / 2) return
    this.pace = paceBetween(base, reply)
    this.base = reply
  }

  private nap(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.shell.clock.after(this.options.intervalMs, resolve)
      this.wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}
