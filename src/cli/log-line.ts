import type { LogLine } from '../contract/index.ts'
import { printable } from './format.ts'
import type { Shell } from './shell.ts'

/** A line of a log as a person reads it; with `times`, when it was written. */
export function logLine({ terminal }: Shell, line: LogLine, times = false): string {
  const { dim, red, yellow } = terminal.paintData
  const text = printable(line.message)
  const coloured = line.level === 'error' ? red(text) : line.level === 'warn' ? yellow(text) : text
  return times ? `${dim(line.timestamp)} ${coloured}` : coloured
}
