import type { BuildView } from '../../../src/contract/index.ts'
import { StateChip } from './state-chip.tsx'
import { Ago, Span } from './time.tsx'

/** Builds, newest first; each row leads to its build. On a narrow screen a row becomes a card. */
export function BuildTable({ builds }: { readonly builds: readonly BuildView[] }) {
  return (
    <table class="panel table builds">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Build</th>
          <th scope="col">Platform</th>
          <th scope="col">Worker</th>
          <th scope="col" class="right">
            Ran for
          </th>
          <th scope="col" class="right">
            Submitted
          </th>
        </tr>
      </thead>
      <tbody>
        {builds.map((build) => (
          <Row key={build.id} build={build} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ build }: { readonly build: BuildView }) {
  return (
    <tr class="row-link">
      <td class="cell-state">
        <StateChip state={build.state} />
        {build.state === 'building' && build.progress !== null && (
          <span class="muted small">{Math.round(build.progress)} %</span>
        )}
      </td>
      <td class="cell-name">
        <a href={`/builds/${build.id}`}>{build.name ?? build.id}</a>
        {build.name && <span class="id muted">{build.id}</span>}
      </td>
      <td class="cell-platform">{build.platform}</td>
      <td class="cell-worker">{build.worker_name ?? build.worker_id ?? <span class="none muted">–</span>}</td>
      <td class="cell-ran right">
        {build.started_at ? (
          <Span from={build.started_at} to={build.finished_at} />
        ) : (
          <span class="none muted">–</span>
        )}
      </td>
      <td class="cell-submitted right muted">
        <Ago at={build.submitted_at} />
      </td>
    </tr>
  )
}
