import { mailboxMark, type ProcessesReply, type ProcessRow, type ProcessSort } from '../contract/index.ts'
import { formatDuration, formatSize } from '../kernel/index.ts'
import { printable } from './format.ts'
import type { Paint } from './output.ts'
import type { TopView } from './top-view.ts'

/** Everything that a frame of `quorate top` is made of. */
export interface TopFrame {
  readonly view: TopView
  /** Undefined until the first answer. */
  readonly reply: ProcessesReply | undefined
  /** Messages a second, by pid. */
  readonly pace: ReadonlyMap<string, number>
  /** Why there is no newer answer. */
  readonly problem: string | undefined
  readonly nowMs: number
  readonly columns: number
  readonly rows: number
}

interface Column {
  readonly title: string
  /** Characters; the column without a width takes the rest. */
  readonly width?: number
  /** Words begin at the left, figures end at the right. */
  readonly words?: true
  readonly sort?: ProcessSort
  readonly text: (process: ProcessRow, frame: Pick<TopFrame, 'pace' | 'nowMs'>) => string
  readonly colour?: (process: ProcessRow, paint: Paint) => (text: string) => string
}

const COLUMNS: readonly Column[] = [
  { title: 'PID', width: 10, words: true, text: ({ pid }) => pid },
  { title: 'MAILBOX', width: 9, sort: 'mailbox', text: ({ mailbox }) => `${mailbox}`, colour: mailboxColour },
  { title: 'HANDLED', width: 11, sort: 'handled', text: ({ handled }) => `${handled}` },
  { title: 'RATE', width: 8, text: ({ pid }, { pace }) => perSecond(pace.get(pid)) },
  { title: 'LINKS', width: 6, text: ({ links }) => `${links}` },
  {
    title: 'MEMORY',
    width: 9,
    text: ({ memory_bytes: bytes }) => (bytes === null ? '-' : formatSize(bytes)),
  },
  {
    title: 'UP',
    width: 9,
    sort: 'started',
    text: ({ started_at: from }, { nowMs }) => formatDuration(Math.max(0, nowMs - Date.parse(from))),
  },
  { title: 'STATUS', width: 10, words: true, text: ({ status }) => status, colour: statusColour },
  { title: 'PROCESS', words: true, text: title },
]

/** What a narrow terminal does without, least missed first; the name gets at least so many characters. */
const DISPENSABLE = ['MEMORY', 'LINKS', 'UP', 'STATUS', 'RATE', 'HANDLED']
const NAME_MIN = 26

/** The columns that fit; memory only when some process's is known. */
function columnsFor({ reply, columns }: Pick<TopFrame, 'reply' | 'columns'>): readonly Column[] {
  const withMemory = reply?.processes.some((process) => process.memory_bytes !== null) ?? false
  let chosen = COLUMNS.filter(({ title: name }) => withMemory || name !== 'MEMORY')
  for (const name of DISPENSABLE) {
    const width = chosen.reduce((sum, column) => sum + (column.width ?? NAME_MIN) + 1, -1)
    if (width <= columns) break
    chosen = chosen.filter((column) => column.title !== name)
  }
  return chosen
}

/** The lines of one frame, each as wide as the terminal at most. */
export function topLines(frame: TopFrame, paint: Paint): readonly string[] {
  const { columns, rows, reply } = frame
  const chosen = columnsFor(frame)
  const shown = (reply?.processes ?? []).slice(0, Math.max(0, rows - 4))
  const filling = Array.from({ length: Math.max(0, rows - 4 - shown.length) }, () => '')
  return [
    fit(summary(frame), columns, paint.bold),
    frame.problem === undefined ? '' : fit(frame.problem, columns, paint.yellow),
    head(chosen, frame, paint),
    ...shown.map((process) => row(chosen, process, frame, paint)),
    ...filling,
    fit(keys(frame.view), columns, paint.dim),
  ]
}

/** Head and rows of a plain table: without rates, which take two looks. */
export function topTable(reply: ProcessesReply, nowMs: number) {
  const columns = Number.POSITIVE_INFINITY
  const shown = columnsFor({ reply, columns }).filter((column) => column.title !== 'RATE')
  return {
    head: shown.map((column) => column.title),
    rows: reply.processes.map((process) =>
      shown.map(({ text }) => text(process, { nowMs, pace: new Map() })),
    ),
  }
}

function summary({ reply, view }: TopFrame): string {
  if (!reply) return 'quorate top: asking…'
  const found = reply.matching < reply.total ? `${reply.matching} of ${reply.total}` : `${reply.total}`
  const paused = view.paused ? ', paused' : ''
  return `quorate top: node ${printable(reply.node)}, ${found} processes, ${reply.waiting} messages waiting${paused}`
}

function keys({ typing, filter }: TopView): string {
  if (typing) return `filter: ${filter}_   enter keep   esc drop`
  const filtered = filter === '' ? '' : `   filter: ${filter} (esc drops it)`
  return `q quit   m h s sort by mailbox, handled, started   / filter   p pause${filtered}`
}

function head(chosen: readonly Column[], { view, columns }: TopFrame, paint: Paint): string {
  const cells = chosen.map((column) => {
    const marked = column.sort === view.sort ? `▼${column.title}` : column.title
    return padded(marked, column)
  })
  return fit(cells.join(' ').padEnd(columns), columns, paint.inverse)
}

function row(chosen: readonly Column[], process: ProcessRow, frame: TopFrame, paint: Paint): string {
  let left = frame.columns
  const cells = chosen.map((column) => {
    const cell = padded(column.text(process, frame), column).slice(0, Math.max(0, left))
    left -= cell.length + 1
    return column.colour ? column.colour(process, paint)(cell) : cell
  })
  return cells.join(' ').trimEnd()
}

function padded(text: string, { width = 0, words }: Column): string {
  const cell = width > 0 && text.length > width ? `${text.slice(0, width - 1)}…` : text
  return words ? cell.padEnd(width) : cell.padStart(width)
}

const fit = (text: string, columns: number, colour: (text: string) => string): string =>
  colour(text.slice(0, columns))

function title({ name, module }: ProcessRow): string {
  return printable(name === null || name === module ? module : `${name} (${module})`)
}

const perSecond = (pace = 0): string => (pace < 0.5 ? '' : `${Math.round(pace)}/s`)

function mailboxColour({ mailbox }: ProcessRow, paint: Paint): (text: string) => string {
  const mark = mailboxMark(mailbox)
  if (mark === 'calm') return String
  return mark === 'alert' ? paint.yellow : (text) => paint.bold(paint.red(text))
}

function statusColour({ status }: ProcessRow, paint: Paint): (text: string) => string {
  if (status === 'waiting') return paint.dim
  return status === 'running' ? paint.green : paint.yellow
}
