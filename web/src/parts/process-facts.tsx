import type { ComponentChildren } from 'preact'
import { mailboxMark, type ProcessDetail, type ProcessPeer } from '../../../src/contract/index.ts'
import { count, moment, size } from '../format.ts'
import { titleOf } from '../processes.ts'
import { printRoute } from '../route.ts'
import { Fact } from './fact.tsx'
import { Span } from './time.tsx'

const PEERS_SHOWN = 12

interface ProcessFactsProps {
  readonly process: ProcessDetail
  readonly ended: boolean
}

/** The vital figures of a process, and whom it knows. */
export function ProcessFacts({ process, ended }: ProcessFactsProps) {
  const { mailbox, memory_bytes: memory, started_at: from } = process
  return (
    <>
      <dl class="facts">
        <Fact name="Module">
          <span class="mono">{process.module}</span>
        </Fact>
        <Fact name="Mailbox">
          <span class={`mailbox mailbox-${mailboxMark(mailbox)}`}>{count(mailbox)}</span>
        </Fact>
        <Fact name="Handled">{count(process.handled)}</Fact>
        {memory !== null && <Fact name="Memory">{size(memory)}</Fact>}
        <Fact name="Up">
          <span title={moment(Date.parse(from))}>{ended ? '–' : <Span from={from} to={null} />}</span>
        </Fact>
        <Fact name="Exit signals">{process.trap_exit ? 'trapped' : 'end it'}</Fact>
      </dl>
      <dl class="panel peers">
        <Peers name="Started by" peers={process.ancestors} between=" ← " />
        <Peers name="Linked to" peers={process.links} />
        <Peers name="Monitors" peers={process.monitors} />
        <Peers name="Monitored by" peers={process.monitored_by} />
      </dl>
    </>
  )
}

interface PeersProps {
  readonly name: string
  readonly peers: readonly ProcessPeer[]
  readonly between?: string
}

function Peers({ name, peers, between = ' ' }: PeersProps) {
  const more = peers.length - PEERS_SHOWN
  const shown: ComponentChildren[] = peers.slice(0, PEERS_SHOWN).map((peer, at) => (
    <span key={`${at} ${peer.pid}`} class="peer">
      {at > 0 && <span class="muted">{between}</span>}
      <Peer peer={peer} />
    </span>
  ))
  return (
    <div class="peer-row">
      <dt>{name}</dt>
      <dd>
        {peers.length === 0 ? <span class="muted">nobody</span> : shown}
        {more > 0 && <span class="muted"> and {count(more)} more</span>}
      </dd>
    </div>
  )
}

function Peer({ peer: { pid, name, module } }: { readonly peer: ProcessPeer }) {
  if (module === null) return <span class="mono muted">{pid}</span>
  const title = titleOf({ pid, name, module })
  return (
    <a href={printRoute({ page: 'process', pid })} title={pid}>
      {title === module && name === null ? `${module} ${pid}` : title}
    </a>
  )
}
