import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { BuildView } from '../../../src/contract/index.ts'
import { count } from '../format.ts'
import { type LogStream, openLog } from '../log-stream.ts'
import { Icon } from './icon.tsx'
import { LogLines } from './log-lines.tsx'

interface LogViewProps {
  readonly build: BuildView
  readonly line: number | undefined
}

/** The live log with search, follow and links to single lines. */
export function LogView({ build, line }: LogViewProps) {
  const stream = useMemo(() => openLog(build.id), [build.id])
  useEffect(() => () => stream.close(), [stream])
  const follow = useSignal(line === undefined)
  const words = useSignal('')
  const hit = useSignal(0)
  const version = stream.version.value
  const hits = useMemo(() => stream.buffer.search(words.value), [stream, words.value, version])
  const at = hits.length === 0 ? undefined : hits[hit.value % hits.length]
  const step = (by: number): void => {
    follow.value = false
    hit.value = (hit.value + by + hits.length) % Math.max(1, hits.length)
  }
  return (
    <section class="panel log" aria-label="Log">
      <div class="log-bar">
        <h2>Log</h2>
        <span class="muted small">{statusWords(stream, build)}</span>
        <Search
          words={words.value}
          found={
            words.value === ''
              ? undefined
              : `${at === undefined ? 0 : hit.value + 1} of ${count(hits.length)}`
          }
          onWords={(typed) => {
            words.value = typed
            hit.value = 0
            follow.value = false
          }}
          onStep={step}
        />
        <button
          type="button"
          class="button"
          aria-pressed={follow.value}
          onClick={() => (follow.value = !follow.value)}
        >
          <Icon name="follow" />
          Follow
        </button>
        <a class="button" href={`/api/builds/${build.id}/logs`} target="_blank" rel="noreferrer">
          <Icon name="open" />
          Raw
        </a>
      </div>
      <LogLines
        buildId={build.id}
        stream={stream}
        follow={follow}
        target={line}
        words={words.value}
        hit={at}
      />
    </section>
  )
}

function statusWords({ buffer, status }: LogStream, build: BuildView): string {
  const lines = `${count(buffer.length)} lines`
  if (buffer.dropped > 0) return `${lines}, ${count(buffer.dropped)} more in the raw log`
  if (status.value === 'broken') return `${lines}, reconnecting…`
  return build.finished_at === null ? `${lines}, live` : lines
}

interface SearchProps {
  readonly words: string
  readonly found: string | undefined
  readonly onWords: (words: string) => void
  readonly onStep: (by: 1 | -1) => void
}

function Search({ words, found, onWords, onStep }: SearchProps) {
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1)
    if (event.key === 'Escape') onWords('')
  }
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="text"
        aria-label="Search the log"
        placeholder="Search"
        value={words}
        onInput={(event) => onWords(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <span class="muted small" role="status">
        {found}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Previous match"
        disabled={!words}
        onClick={() => onStep(-1)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Next match"
        disabled={!words}
        onClick={() => onStep(1)}
      >
        <Icon name="down" />
      </button>
    </div>
  )
}
