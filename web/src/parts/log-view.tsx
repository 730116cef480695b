import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { BuildView } from '../../../src/contract/index.ts'
import { count } from '../format.ts'
import { type LogStream, openLog } from '../log-stream.ts'
import { Icon } from './icon.tsx'
import { LogLines } from './log-lines.tsx'
import { LogSearch, type Search } from './log-search.tsx'

interface LogViewProps {
  readonly build: BuildView
  readonly line: number | undefined
}

/** The live log with search, follow and links to single lines. */
export function LogView({ build, line }: LogViewProps) {
  const stream = useMemo(() => openLog(build.id), [build.id])
  useEffect(() => () => stream.close(), [stream])
  const follow = useSignal(line === undefined)
  const search = useSearch(stream, () => {
    follow.value = false
  })
  return (
    <section class="panel log" aria-label="Log">
      <div class="log-bar">
        <h2>Log</h2>
        <span class="muted small">{statusWords(stream, build)}</span>
        <LogSearch search={search} />
        <FollowButton follow={follow} />
        <a class="button" href={`/api/builds/${build.id}/logs`} target="_blank" rel="noreferrer">
          <Icon name="open" />
          Raw
        </a>
      </div>
      {stream.problem.value && (
        <p class="callout callout-bad" role="alert">
          {stream.problem.value}
        </p>
      )}
      <LogLines buildId={build.id} stream={stream} follow={follow} target={line} search={search} />
    </section>
  )
}

function FollowButton({ follow }: { readonly follow: Signal<boolean> }) {
  const toggle = (): void => {
    follow.value = !follow.value
  }
  return (
    <button type="button" class="button" aria-pressed={follow.value} onClick={toggle}>
      <Icon name="follow" />
      Follow
    </button>
  )
}

/** Searches again whenever lines arrive; `onUse` is told when the reader searches or steps. */
function useSearch({ buffer, version }: LogStream, onUse: () => void): Search {
  const words = useSignal('')
  const step = useSignal(0)
  const hits = useMemo(() => buffer.search(words.value), [buffer, words.value, version.value])
  const at = hits.length === 0 ? 0 : ((step.value % hits.length) + hits.length) % hits.length
  return {
    words: words.value,
    hit: hits[at],
    at,
    hits: hits.length,
    type(typed) {
      onUse()
      words.value = typed
      step.value = 0
    },
    move(by) {
      onUse()
      step.value = at + by
    },
  }
}

function statusWords({ buffer, ended }: LogStream, build: BuildView): string {
  const lines = `${count(buffer.length)} ${buffer.length === 1 ? 'line' : 'lines'}`
  if (buffer.dropped > 0) return `${lines}, ${count(buffer.dropped)} more in the raw log`
  return ended.value || build.finished_at !== null ? lines : `${lines}, live`
}
