import { count } from '../format.ts'
import { Icon } from './icon.tsx'

/** A search of the log as it stands. */
export interface Search {
  readonly words: string
  /** Index of the line on show, and which of the `hits` it is. */
  readonly hit: number | undefined
  readonly at: number
  readonly hits: number
  type(words: string): void
  move(by: 1 | -1): void
}

/** The search field; Enter goes on, Shift+Enter back, Escape ends it. */
export function LogSearch({ search }: { readonly search: Search }) {
  const { words, hits, at } = search
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') search.move(event.shiftKey ? -1 : 1)
    if (event.key === 'Escape') search.type('')
  }
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="text"
        aria-label="Search the log"
        placeholder="Search"
        value={words}
        onInput={(event) => search.type(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <span class="muted small" role="status">
        {words !== '' && `${hits === 0 ? 0 : at + 1} of ${count(hits)}`}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Previous match"
        disabled={hits === 0}
        onClick={() => search.move(-1)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Next match"
        disabled={hits === 0}
        onClick={() => search.move(1)}
      >
        <Icon name="down" />
      </button>
    </div>
  )
}
