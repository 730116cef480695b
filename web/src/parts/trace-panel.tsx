import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { timeOfDay } from '../format.ts'
import type { TraceLine } from '../trace-line.ts'
import { openTrace, type TraceStream } from '../trace-stream.ts'
import { Icon } from './icon.tsx'

/** What a server takes and answers, from the moment somebody asks to see it. */
export function TracePanel({ pid, ended }: { readonly pid: string; readonly ended: boolean }) {
  const stream = useSignal<TraceStream | undefined>(undefined)
  useEffect(() => () => stream.peek()?.close(), [pid])
  const live = stream.value !== undefined && stream.value.state.value !== 'over'
  const toggle = (): void => {
    stream.value?.close()
    if (!live) stream.value = openTrace(pid)
  }
  return (
    <section class="panel section" aria-label="Trace">
      <div class="section-bar">
        <h2>Trace</h2>
        <span class="muted small">{stream.value && words(stream.value)}</span>
        {(live || !ended) && (
          <button type="button" class="button button-small bar-end" aria-pressed={live} onClick={toggle}>
            <Icon name={live ? 'pause' : 'play'} />
            {live ? 'Stop tracing' : 'Trace messages'}
          </button>
        )}
      </div>
      {stream.value ? (
        <Lines stream={stream.value} />
      ) : (
        <p class="section-body muted">
          Shows each message as the process takes it, and each reply as it leaves. It slows the process only
          while somebody watches.
        </p>
      )}
    </section>
  )
}

function words({ state, lines }: TraceStream): string {
  if (state.value === 'opening') return 'asking…'
  return state.value === 'live' && lines.value.length === 0 ? 'waiting for a message' : ''
}

function Lines({ stream: { lines, problem } }: { readonly stream: TraceStream }) {
  const list = useRef<HTMLOListElement>(null)
  const shown = lines.value
  useEffect(() => {
    const { current } = list
    if (current) current.scrollTop = current.scrollHeight
  }, [shown])
  if (problem.value) return <p class="section-body muted">{problem.value}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <ol ref={list} class="trace-lines mono" tabIndex={0} aria-label="Messages, newest last">
      {shown.map((line, at) => (
        <Line key={at} line={line} />
      ))}
    </ol>
  )
}

function Line({ line: { at, kind, name, text } }: { readonly line: TraceLine }) {
  return (
    <li class={`trace-line trace-${kind}`}>
      <time class="muted">{at === undefined ? '' : timeOfDay(Date.parse(at))}</time>
      <span class="trace-kind">{kind}</span>
      <span class="trace-text" title={text}>
        {name && <b>{name} </b>}
        {text}
      </span>
    </li>
  )
}
