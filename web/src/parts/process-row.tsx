import { mailboxMark, type PlacedProcess, type ProcessView } from '../../../src/contract/index.ts'
import { count } from '../format.ts'
import { nowMs } from '../now.ts'
import { pace, seen } from '../processes.ts'
import { printRoute } from '../route.ts'
import { Span } from './time.tsx'

const FLASH_MS = 2_500

interface ProcessRowProps {
  readonly row: PlacedProcess
  /** Missing when the reader may not kill. */
  readonly onKill: ((process: ProcessView) => void) | undefined
}

/** One process of the tree; it flashes when it has just come back. */
export function ProcessRow({ row, onKill }: ProcessRowProps) {
  const { process } = row
  const healing = seen.value.find((one) => one.path === row.path)
  const flashes = healing !== undefined && nowMs.value - healing.atMs < FLASH_MS
  return (
    <div class={`tree-row tree-${process.status} ${flashes ? 'tree-flash' : ''}`} role="row">
      <span class="tree-name" role="rowheader">
        <Branches lasts={row.lasts} />
        <span class={`tree-mark ${process.children.length > 0 ? 'tree-stem' : ''}`}>
          <span class={`tree-kind tree-kind-${process.kind}`} title={process.kind} />
        </span>
        <span class="tree-words">
          <ProcessLink process={process} />
          {process.kind === 'worker' && process.module !== process.id && (
            <span class="tree-module muted">{process.module}</span>
          )}
          {process.status !== 'running' && <span class="tree-status">{process.status}</span>}
        </span>
      </span>
      <span class="tree-pid mono muted" role="cell">
        {process.pid}
      </span>
      <span class={`tree-mailbox mailbox-${mailboxMark(process.mailbox)}`} role="cell">
        {count(process.mailbox)}
      </span>
      <span class="tree-handled" role="cell">
        {count(process.handled)}
        <Pace pid={process.pid} />
      </span>
      <span class="tree-restarts" role="cell">
        {process.restarts > 0 ? (
          <span class="badge">{count(process.restarts)}</span>
        ) : (
          <span class="muted">0</span>
        )}
      </span>
      <span class="tree-up muted" role="cell">
        {process.started_at ? <Span from={process.started_at} to={null} /> : '–'}
      </span>
      <span class="tree-action" role="cell">
        {onKill && process.status === 'running' && (
          <button type="button" class="button button-small" onClick={() => onKill(process)}>
            Kill<span class="hidden"> process {process.id}</span>
          </button>
        )}
      </span>
    </div>
  )
}

/** One that does not run has nothing to be looked at. */
function ProcessLink({ process: { id, pid, status } }: { readonly process: ProcessView }) {
  if (status !== 'running') return <span class="tree-id">{id}</span>
  return (
    <a class="tree-id" href={printRoute({ page: 'process', pid })}>
      {id}
    </a>
  )
}

/** The lines from the ancestors down to this process, one cell a generation. */
function Branches({ lasts }: { readonly lasts: readonly boolean[] }) {
  return (
    <>
      {lasts.map((last, at) => {
        const own = at === lasts.length - 1
        return <span key={at} class={`branch ${branchClass(own, last)}`} aria-hidden="true" />
      })}
    </>
  )
}

function branchClass(own: boolean, last: boolean): string {
  if (own) return last ? 'branch-end' : 'branch-tee'
  return last ? '' : 'branch-through'
}

function Pace({ pid }: { readonly pid: string }) {
  const perSecond = pace.value.get(pid) ?? 0
  if (perSecond < 0.5) return null
  return <span class="muted small"> {count(Math.round(perSecond))}/s</span>
}
