import { flattened, type PlacedProcess, type ProcessView } from '../contract/index.ts'
import { printable } from './format.ts'
import type { Paint } from './output.ts'

/** The tree as lines, the root first; the restart counts of the places in `flashing` stand out. */
export function treeLines(
  root: ProcessView,
  paint: Paint,
  flashing: ReadonlySet<string> = new Set(),
): readonly string[] {
  return flattened(root).map((row) => branches(row.lasts) + label(row.process, paint, flashing.has(row.path)))
}

function branches(lasts: PlacedProcess['lasts']): string {
  return lasts
    .map((last, at) => {
      const own = at === lasts.length - 1
      if (own) return last ? '└── ' : '├── '
      return last ? '    ' : '│   '
    })
    .join('')
}

function label(process: ProcessView, paint: Paint, flashes: boolean): string {
  const { bold, dim, red, yellow } = paint
  const name = printable(process.name ?? process.id)
  const facts = [
    process.pid,
    process.kind === 'worker' ? `${process.handled} handled` : '',
    process.mailbox > 0 ? `${process.mailbox} waiting` : '',
  ].filter((fact) => fact !== '')
  const counted = yellow(`${process.restarts} ${process.restarts === 1 ? 'restart' : 'restarts'}`)
  const restarts = process.restarts > 0 || flashes ? ` ${flashes ? paint.inverse(counted) : counted}` : ''
  const state = process.status === 'running' ? '' : ` ${red(process.status)}`
  return `${process.kind === 'supervisor' ? bold(name) : name} ${dim(facts.join(', '))}${restarts}${state}`
}
