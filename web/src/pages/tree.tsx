import { useSignal } from '@preact/signals'
import { flattened, type ProcessView } from '../../../src/contract/index.ts'
import { count, timeOfDay } from '../format.ts'
import { tree } from '../live.ts'
import { Icon } from '../parts/icon.tsx'
import { KillQuestion } from '../parts/kill-question.tsx'
import { ProcessRow } from '../parts/process-row.tsx'
import { ViewSwitch } from '../parts/view-switch.tsx'
import { seen } from '../processes.ts'
import { isAdmin } from '../session.ts'

/** The supervision tree of the node that answers, as it is now. */
export function TreePage() {
  const target = useSignal<ProcessView | undefined>(undefined)
  if (!tree.value) return <p class="muted quiet">Loading…</p>
  const { node, root } = tree.value.reply
  const rows = flattened(root)
  const restarts = rows.reduce((sum, row) => sum + row.process.restarts, 0)
  return (
    <>
      <header class="title">
        <div class="title-words">
          <h1>Processes</h1>
          <p class="muted">
            Supervision tree of node <span class="mono">{node}</span>: {count(rows.length)} processes,{' '}
            {count(restarts)} restarts.{isAdmin() && ' Kill one and watch it heal.'}
          </p>
        </div>
        <ViewSwitch here="tree" />
      </header>
      <div class="panel tree" role="table" aria-label="Supervision tree">
        <div class="tree-row tree-head" role="row">
          <span role="columnheader">Process</span>
          <span role="columnheader">Pid</span>
          <span role="columnheader">Mailbox</span>
          <span role="columnheader">Handled</span>
          <span role="columnheader">Restarts</span>
          <span role="columnheader">Up</span>
          <span role="columnheader">
            <span class="hidden">Action</span>
          </span>
        </div>
        {rows.map((row) => (
          <ProcessRow
            key={row.path}
            row={row}
            onKill={isAdmin() ? (process) => (target.value = process) : undefined}
          />
        ))}
      </div>
      <Healed />
      {target.value && (
        <KillQuestion
          pid={target.value.pid}
          title={target.value.id}
          takesOthers={target.value.kind === 'supervisor'}
          onClose={() => (target.value = undefined)}
        />
      )}
    </>
  )
}

/** What came back while the reader was here. */
function Healed() {
  return (
    <section class="healed" aria-labelledby="healed-title">
      <h2 id="healed-title">Seen healing</h2>
      {seen.value.length === 0 ? (
        <p class="muted">No process has restarted since you opened this page.</p>
      ) : (
        <ol class="healed-list" aria-live="polite">
          {seen.value.map((healing) => (
            <li key={`${healing.path} ${healing.after}`}>
              <time class="muted mono">{timeOfDay(healing.atMs)}</time>
              <Icon name="bolt" />
              <span>{healing.id}</span>
              <span class="muted mono">
                {healing.before} → {healing.after}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
