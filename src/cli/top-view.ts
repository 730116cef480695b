import type { ProcessSort } from '../contract/index.ts'

/** What `quorate top` shows, as its keys have made it. */
export interface TopView {
  readonly sort: ProcessSort
  readonly filter: string
  /** The keys go into the filter. */
  readonly typing: boolean
  readonly paused: boolean
}

const SORTS: Readonly<Record<string, ProcessSort>> = { m: 'mailbox', h: 'handled', s: 'started' }

/** The view after a key, or why the command ends. */
export function pressed(view: TopView, key: string): TopView | 'quit' | 'interrupt' {
  if (key === 'ctrl-c') return 'interrupt'
  if (view.typing) return typed(view, key)
  const sort = SORTS[key]
  if (sort) return { ...view, sort }
  switch (key) {
    case 'q':
      return 'quit'
    case '/':
      return { ...view, typing: true }
    case 'escape':
      return { ...view, filter: '' }
    case 'p':
    case ' ':
      return { ...view, paused: !view.paused }
    default:
      return view
  }
}

function typed(view: TopView, key: string): TopView {
  switch (key) {
    case 'enter':
      return { ...view, typing: false }
    case 'escape':
      return { ...view, typing: false, filter: '' }
    case 'backspace':
      return { ...view, filter: view.filter.slice(0, -1) }
    default:
      return key.length === 1 && key >= ' ' ? { ...view, filter: (view.filter + key).slice(0, 100) } : view
  }
}
