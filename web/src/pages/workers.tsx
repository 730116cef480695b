import type { WorkerView } from '../../../src/contract/index.ts'
import { count } from '../format.ts'
import { connection, workers } from '../live.ts'
import { Command } from '../parts/command.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Ago } from '../parts/time.tsx'

const ORDER = { building: 0, idle: 1, offline: 2 }

/** The machines that build, those at work first. */
export function Workers() {
  const known = [...workers.value.values()].sort(
    (a, b) => ORDER[a.status] - ORDER[b.status] || a.name.localeCompare(b.name),
  )
  if (known.length === 0)
    return connection.value === 'live' ? <NoWorkers /> : <p class="muted quiet">Loading…</p>
  const online = known.filter((worker) => worker.status !== 'offline').length
  return (
    <>
      <header class="title">
        <h1>Workers</h1>
        <p class="muted">
          {count(online)} of {count(known.length)} online
        </p>
      </header>
      <table class="panel table workers">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Worker</th>
            <th scope="col">Platforms</th>
            <th scope="col">Works on</th>
            <th scope="col" class="right">
              Done
            </th>
            <th scope="col" class="right">
              Failed
            </th>
            <th scope="col" class="right">
              Last heard
            </th>
          </tr>
        </thead>
        <tbody>
          {known.map((worker) => (
            <Row key={worker.id} worker={worker} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function Row({ worker }: { readonly worker: WorkerView }) {
  return (
    <tr class={worker.status === 'offline' ? 'row-faint' : undefined}>
      <td class="cell-state">
        <span class={`chip chip-worker-${worker.status}`}>
          <span class="dot" />
          {worker.status}
        </span>
      </td>
      <td class="cell-name">
        <a href={`/?worker=${encodeURIComponent(worker.id)}`} title="Builds of this worker">
          {worker.name}
        </a>
        <span class="id muted">
          {worker.id}
          <CopyButton text={worker.id} what="worker id" />
        </span>
      </td>
      <td class="cell-platform">{worker.platforms.length === 0 ? 'any' : worker.platforms.join(', ')}</td>
      <td class="cell-build">
        {worker.build_id ? (
          <a class="mono" href={`/builds/${worker.build_id}`}>
            {worker.build_id}
          </a>
        ) : (
          <span class="none muted">–</span>
        )}
      </td>
      <td class="cell-done right">{count(worker.builds_completed)}</td>
      <td class="cell-failed right">{count(worker.builds_failed)}</td>
      <td class="cell-heard right muted">
        <Ago at={worker.last_seen_at} />
      </td>
    </tr>
  )
}

function NoWorkers() {
  return (
    <section class="empty first-steps">
      <h1>No worker has called yet</h1>
      <p class="muted">A worker is any machine with Node that can reach this server. Start one there:</p>
      <Command
        text={`quorate worker --url ${location.origin} --platform linux --exec "npm ci && npm pack" --artifact "*.tgz"`}
      />
    </section>
  )
}
