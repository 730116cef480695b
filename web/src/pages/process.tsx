import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ClientError } from '../../../src/client/index.ts'
import type { ProcessDetail } from '../../../src/contract/index.ts'
import { client, reasonOf } from '../client.ts'
import { KillQuestion } from '../parts/kill-question.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { ProcessFacts } from '../parts/process-facts.tsx'
import { Status } from '../parts/process-table.tsx'
import { StatePanel } from '../parts/state-panel.tsx'
import { TracePanel } from '../parts/trace-panel.tsx'
import { poll } from '../polling.ts'
import { seen, titleOf } from '../processes.ts'
import { printRoute } from '../route.ts'
import { isAdmin } from '../session.ts'

/** One process: what it is, whom it knows, what it holds and what it does. */
export function ProcessPage({ pid }: { readonly pid: string }) {
  const process = useSignal<ProcessDetail | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const ended = useSignal(false)
  useEffect(() => {
    if (ended.value) return undefined
    return poll({
      load: () => client.node.process(pid),
      onLoaded(found) {
        process.value = found
        problem.value = undefined
      },
      onFailed(error) {
        problem.value = reasonOf(error)
        ended.value = error instanceof ClientError && error.status === 404
      },
    })
  }, [pid, ended.value])
  if (process.value) return <Process process={process.value} ended={ended.value} problem={problem.value} />
  if (!problem.value) return <p class="muted quiet">Loading…</p>
  return (
    <div class="empty">
      <h1>This process cannot be shown</h1>
      <p class="muted">{problem.value}</p>
      <p>
        <a href="/processes">All processes</a>
      </p>
    </div>
  )
}

interface ProcessProps {
  readonly process: ProcessDetail
  readonly ended: boolean
  readonly problem: string | undefined
}

function Process({ process, ended, problem }: ProcessProps) {
  const { pid } = process
  return (
    <article>
      <PageHead
        back={{ href: '/processes', title: 'Processes' }}
        title={titleOf(process)}
        state={ended ? <span class="chip">ended</span> : <Status status={process.status} />}
        id={pid}
        idName="pid"
      >
        {!ended && isAdmin() && <KillButton process={process} />}
      </PageHead>
      {ended ? <Ended pid={pid} /> : problem && <p class="callout callout-bad">{problem}</p>}
      <ProcessFacts process={process} ended={ended} />
      {isAdmin() ? (
        <>
          <StatePanel pid={pid} ended={ended} />
          <TracePanel pid={pid} ended={ended} />
        </>
      ) : (
        <p class="muted">State and trace are shown to keys with the scope admin.</p>
      )}
    </article>
  )
}

/** What is shown stays; whoever came back in its place is one click away. */
function Ended({ pid }: { readonly pid: string }) {
  const heir = seen.value.find(({ before }) => before === pid)?.after
  return (
    <p class="callout callout-soon" role="status">
      This process has ended.{' '}
      {heir && (
        <>
          It came back as <a href={printRoute({ page: 'process', pid: heir })}>{heir}</a>.
        </>
      )}
    </p>
  )
}

/** The root, which nobody started, is the runtime itself. */
function KillButton({ process }: { readonly process: ProcessDetail }) {
  const { pid, module, ancestors } = process
  const asking = useSignal(false)
  if (ancestors.length === 0) return null
  return (
    <div class="title-actions">
      <button type="button" class="button" onClick={() => (asking.value = true)}>
        Kill
      </button>
      {asking.value && (
        <KillQuestion
          pid={pid}
          title={titleOf(process)}
          takesOthers={/supervisor/.test(module)}
          onClose={() => (asking.value = false)}
        />
      )}
    </div>
  )
}
