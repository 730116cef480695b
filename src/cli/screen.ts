/** A whole terminal, taken over by a command until `close`. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Shows these lines from the top; whatever does not fit is cut. */
  show(lines: readonly string[]): void
  /** Gives the terminal back as it was. */
  close(): void
}

/** What a screen tells its owner. */
export interface ScreenEvents {
  /** A key: a letter as it is, others by name (`ctrl-c`, `enter`, `escape`, `backspace`). */
  onKey(key: string): void
  /** The size changed, and what was shown is gone. */
  onResize(): void
}

const ALTERNATE = '\u001B[?1049h\u001B[?25l\u001B[?7l'
const NORMAL = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const CLEAR = '\u001B[2J'

/** Takes over a terminal: another page without a cursor, and every key as it is pressed. */
export function openScreen(
  out: NodeJS.WriteStream,
  keyboard: NodeJS.ReadStream,
  events: ScreenEvents,
): Screen {
  let shown: readonly string[] = []
  const type = (chunk: string): void => {
    for (const key of keysOf(chunk)) events.onKey(key)
  }
  const resize = (): void => {
    shown = []
    out.write(CLEAR)
    events.onResize()
  }
  out.write(ALTERNATE)
  out.on('resize', resize)
  keyboard.setRawMode(true)
  keyboard.setEncoding('utf8')
  keyboard.on('data', type)
  keyboard.resume()
  return {
    get columns() {
      return out.columns
    },
    get rows() {
      return out.rows
    },
    show(lines) {
      const fitting = lines.slice(0, out.rows)
      out.write(repaint(shown, fitting))
      shown = fitting
    },
    close() {
      out.off('resize', resize)
      keyboard.off('data', type)
      keyboard.setRawMode(false)
      keyboard.pause()
      out.write(NORMAL)
    },
  }
}

/** What to write so that `after` replaces `before`: only the lines that differ. */
export function repaint(before: readonly string[], after: readonly string[]): string {
  const rows = Math.max(before.length, after.length)
  return Array.from({ length: rows }, (_, row) => {
    const line = after[row] ?? ''
    return line === before[row] ? '' : `\u001B[${row + 1};1H${line}\u001B[K`
  }).join('')
}

const NAMED: Readonly<Record<string, string>> = {
  '\u0003': 'ctrl-c',
  '\r': 'enter',
  '\n': 'enter',
  '\u001B': 'escape',
  '\u007F': 'backspace',
  '\b': 'backspace',
}

/** The keys of what arrived at once; arrows and the like, which come as sequences, are left out. */
export function keysOf(chunk: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what keys send
  const single = chunk.replace(/\u001B(\[[0-9;]*[ -/]*[@-~]|O.)/g, '')
  return [...single].map((key) => NAMED[key] ?? key)
}
