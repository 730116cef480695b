import Table from 'cli-table3'
import { type Command, Option } from 'commander'
import { formatDuration } from '../kernel/index.ts'
import type { Shell } from './shell.ts'

/** How data is shown. */
export type Format = 'json' | 'table'

/** Adds `-o json|table`. */
export function withFormat(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how to print').choices(['json', 'table']).default('table'),
  )
}

/** Prints machine-readable JSON, or what `text` makes of it. */
export function print(shell: Shell, format: Format, value: unknown, text: () => string): void {
  shell.terminal.data(format === 'json' ? JSON.stringify(value, null, 2) : text())
}

/** A table without frames: a heading, one line a row. Cells must be `printable` already. */
export function table(shell: Shell, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const { bold } = shell.terminal.paintData
  const drawn = new Table({
    chars: FRAMELESS,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
  })
  drawn.push(
    head.map((title) => bold(title.toUpperCase())),
    ...rows.map((row) => row.map(printable)),
  )
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** How long ago, as people say it; `-` for never. */
export function ago(shell: Shell, iso: string | null): string {
  return iso === null ? '-' : `${formatDuration(Math.max(0, shell.clock.nowMs() - Date.parse(iso)))} ago`
}

/** What others wrote, without the control characters that could drive a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
  return text
    .replace(/\u001B\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '')
}

const FRAMELESS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`, `mid-mid`])
    .map((name) => [name, '']),
)
