import {
  mailboxMark,
  type ProcessesReply,
  type ProcessRow,
  type ProcessSort,
} from '../../../src/contract/index.ts'
import { count, size } from '../format.ts'
import { titleOf } from '../processes.ts'
import { type ProcessFilter, printRoute } from '../route.ts'
import { Span } from './time.tsx'

interface ProcessTableProps {
  readonly reply: ProcessesReply
  readonly pace: ReadonlyMap<string, number>
  readonly filter: ProcessFilter
}

/** Processes, sorted by what the reader clicked. */
export function ProcessTable({ reply, pace, filter }: ProcessTableProps) {
  if (reply.processes.length === 0) return <p class="muted quiet">No process is called that.</p>
  const withMemory = reply.processes.some((process) => process.memory_bytes !== null)
  return (
    <table class="panel table processes">
      <thead>
        <tr>
          <th scope="col">Process</th>
          <th scope="col">Pid</th>
          <SortHead by="mailbox" words="Mailbox" filter={filter} />
          <SortHead by="handled" words="Handled" filter={filter} />
          <th scope="col" class="right">
            Links
          </th>
          {withMemory && (
            <th scope="col" class="right">
              Memory
            </th>
          )}
          <SortHead by="started" words="Up" filter={filter} />
        </tr>
      </thead>
      <tbody>
        {reply.processes.map((process) => (
          <Row
            key={process.pid}
            process={process}
            pace={pace.get(process.pid) ?? 0}
            withMemory={withMemory}
          />
        ))}
      </tbody>
    </table>
  )
}

interface SortHeadProps {
  readonly by: ProcessSort
  readonly words: string
  readonly filter: ProcessFilter
}

function SortHead({ by, words, filter }: SortHeadProps) {
  const here = filter.sort === by
  const order = by === 'started' ? 'ascending' : 'descending'
  return (
    <th scope="col" class="right" aria-sort={here ? order : undefined}>
      <a class="sort" href={printRoute({ page: 'processes', filter: { ...filter, sort: by } })}>
        {words}
      </a>
    </th>
  )
}

interface RowProps {
  readonly process: ProcessRow
  readonly pace: number
  readonly withMemory: boolean
}

function Row({ process, pace, withMemory }: RowProps) {
  const title = titleOf(process)
  const { pid, module, mailbox, handled, links, memory_bytes: memory, started_at: from } = process
  return (
    <tr class="row-link">
      <td class="cell-name">
        <a href={printRoute({ page: 'process', pid })}>{title}</a>
        {title !== module && <span class="small muted cell-module">{module}</span>}
        <Status status={process.status} />
      </td>
      <td class="cell-pid mono muted">{pid}</td>
      <td class="cell-mailbox right">
        <span class={`mailbox mailbox-${mailboxMark(mailbox)}`}>{count(mailbox)}</span>
      </td>
      <td class="cell-handled right">
        {count(handled)}
        {pace >= 0.5 && <span class="muted small"> {count(Math.round(pace))}/s</span>}
      </td>
      <td class="cell-links right">{count(links)}</td>
      {withMemory && <td class="cell-memory right">{memory === null ? '–' : size(memory)}</td>}
      <td class="cell-up right muted">
        <Span from={from} to={null} />
      </td>
    </tr>
  )
}

/** A waiting process is the rule and needs no word. */
export function Status({ status }: { readonly status: ProcessRow['status'] }) {
  if (status === 'waiting') return null
  return (
    <span class={`chip chip-process-${status}`}>
      <span class="dot" />
      {status}
    </span>
  )
}
