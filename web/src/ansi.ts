/** A stretch of text in one style; `style` is a list of class names, empty for plain text. */
export interface Run {
  readonly text: string
  readonly style: string
}

interface Style {
  readonly color: string | undefined
  readonly bold: boolean
  readonly dim: boolean
}

const PLAIN: Style = { color: undefined, bold: false, dim: false }
const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

// ECMA-48: CSI sequences, OSC strings (ended by BEL or ST), and two-byte escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what this reads
const ESCAPES = /\x1b(?:\[([0-9;:]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -Z\\^_])/g

/**
 * Splits a log line into coloured runs. Only colour (SGR) codes have an effect;
 * cursor movement, links and titles are dropped. What a carriage return
 * overwrote on a terminal is not shown.
 */
export function ansiRuns(line: string): readonly Run[] {
  const text = afterLastReturn(line)
  if (!text.includes('\x1b')) return text === '' ? [] : [{ text, style: '' }]
  const runs: Run[] = []
  let style = PLAIN
  let from = 0
  for (const match of text.matchAll(ESCAPES)) {
    push(runs, text.slice(from, match.index), style)
    if (match[2] === 'm') style = applied(style, match[1] ?? '')
    from = match.index + match[0].length
  }
  push(runs, text.slice(from), style)
  return runs
}

/** The line without any escape code: what a search looks at. */
export function ansiStripped(line: string): string {
  return afterLastReturn(line).replace(ESCAPES, '')
}

function afterLastReturn(line: string): string {
  const text = line.replace(/[\r\n]+$/, '')
  return text.slice(text.lastIndexOf('\r') + 1)
}

function push(runs: Run[], text: string, style: Style): void {
  if (text !== '') runs.push({ text, style: classes(style) })
}

function classes({ color, bold, dim }: Style): string {
  return [color && `ansi-${color}`, bold && 'ansi-bold', dim && 'ansi-dim'].filter(Boolean).join(' ')
}

function applied(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number)
  let next = style
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    // 256-colour and RGB foregrounds and backgrounds: skipped with their arguments.
    if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4
    else next = appliedOne(next, code)
  }
  return next
}

function appliedOne(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 39) return { ...style, color: undefined }
  if (code >= 30 && code <= 37) return { ...style, color: COLORS[code - 30] }
  return code >= 90 && code <= 97 ? { ...style, color: COLORS[code - 90] } : style
}
