import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { LogLine } from '../../../src/contract/index.ts'
import { ansiRuns } from '../ansi.ts'
import { moment } from '../format.ts'
import { visibleRows } from '../log-buffer.ts'
import type { LogStream } from '../log-stream.ts'
import type { Search } from './log-search.tsx'

/** Same as `--log-row` in the style sheet: rows of one height make a long log cheap. */
const ROW_HEIGHT = 20
const OVERSCAN = 20

interface LogLinesProps {
  readonly buildId: string
  readonly stream: LogStream
  readonly follow: Signal<boolean>
  /** Number of the line that the address points at. */
  readonly target: number | undefined
  readonly search: Search
}

/** Only the rows in view are in the document; the rest is empty space of the right height. */
export function LogLines({ buildId, stream, follow, target, search }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const view = useSignal({ scrollTop: 0, height: 600, rowHeight: ROW_HEIGHT })
  const { buffer } = stream
  const total = stream.version.value >= 0 ? buffer.length : 0
  const rows = visibleRows(view.value, total, OVERSCAN)
  const look = (): void => {
    const box = scroller.current
    if (box) view.value = { scrollTop: box.scrollTop, height: box.clientHeight, rowHeight: ROW_HEIGHT }
  }
  useLayoutEffect(look, [total])
  useFollowing(scroller, follow, total)
  useJump(scroller, target === undefined ? undefined : buffer.indexOf(target))
  useJump(scroller, search.hit)
  return (
    <div
      ref={scroller}
      class="log-lines"
      tabIndex={0}
      role="region"
      aria-label="Log lines"
      onScroll={() => {
        look()
        if (scroller.current && !isAtEnd(scroller.current)) follow.value = false
      }}
    >
      <Space rows={rows.from} />
      {buffer.slice(rows.from, rows.to).map((line, at) => (
        <Line
          key={line.seq}
          buildId={buildId}
          line={line}
          marked={line.seq === target || rows.from + at === search.hit}
          words={search.words}
        />
      ))}
      <Space rows={total - rows.to} />
      {total === 0 && (
        <p class="log-empty muted">{stream.ended.value ? 'No output.' : 'Waiting for the first line…'}</p>
      )}
    </div>
  )
}

/** Height set through the style object, which the page's policy allows where an attribute would not be. */
function Space({ rows }: { readonly rows: number }) {
  const space = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    space.current?.style.setProperty('height', `${rows * ROW_HEIGHT}px`)
  }, [rows])
  return <div ref={space} aria-hidden="true" />
}

interface LineProps {
  readonly buildId: string
  readonly line: LogLine
  readonly marked: boolean
  readonly words: string
}

function Line({ buildId, line, marked, words }: LineProps) {
  return (
    <div class={`line line-${line.level} ${marked ? 'line-marked' : ''}`}>
      <a class="line-number" href={`/builds/${buildId}#L${line.seq}`} aria-label={`Link to line ${line.seq}`}>
        {line.seq}
      </a>
      <span class="line-text" title={moment(Date.parse(line.timestamp))}>
        {ansiRuns(line.message).map((run, at) => (
          <span key={at} class={run.style || undefined}>
            {highlighted(run.text, words)}
          </span>
        ))}
      </span>
    </div>
  )
}

function highlighted(text: string, words: string): ComponentChildren {
  const at = words === '' ? -1 : text.toLowerCase().indexOf(words.toLowerCase())
  if (at === -1) return text
  const end = at + words.length
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {highlighted(text.slice(end), words)}
    </>
  )
}

type Box = { readonly current: HTMLDivElement | null }

function useFollowing(scroller: Box, follow: Signal<boolean>, total: number): void {
  const on = follow.value
  useLayoutEffect(() => {
    if (on && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight
  }, [on, total])
}

function useJump(scroller: Box, index: number | undefined): void {
  useEffect(() => {
    const box = scroller.current
    if (index !== undefined && box) box.scrollTop = index * ROW_HEIGHT - box.clientHeight / 3
  }, [index])
}

function isAtEnd(box: HTMLDivElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < ROW_HEIGHT * 2
}
