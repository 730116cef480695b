import { formatSize } from '../kernel/index.ts'
import type { Terminal } from './output.ts'

/** Draws how far something is; does nothing where nobody watches. */
export interface ProgressBar {
  update(done: number, total: number): void
  /** Wipes the bar. */
  end(): void
}

const WIDTH = 30

/** A bar under a title, drawn again only when it looks different. */
export function progressBar(terminal: Terminal, title: string): ProgressBar {
  let drawn = ''
  return {
    update(done, total) {
      const line = barLine(title, done, total)
      if (line === drawn) return
      drawn = line
      terminal.draw(line)
    },
    end: () => terminal.draw(''),
  }
}

/** `Uploading [=====>     ]  42% 1.2 MB of 2.9 MB`. */
export function barLine(title: string, done: number, total: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.round(part * WIDTH)
  const bar = `${'='.repeat(full)}${full < WIDTH ? '>' : ''}`.slice(0, WIDTH).padEnd(WIDTH)
  const percent = String(Math.floor(part * 100)).padStart(3)
  return `${title} [${bar}] ${percent}% ${formatSize(Math.min(done, total))} of ${formatSize(total)}`
}
