import { buildStates, platforms } from '../../../src/contract/index.ts'
import { list, paused, showWaiting, togglePaused } from '../builds.ts'
import { count } from '../format.ts'
import { counts, workers } from '../live.ts'
import { navigate } from '../navigation.ts'
import { type BuildFilter, printRoute } from '../route.ts'
import { Icon } from './icon.tsx'

/** Counts by state; each narrows the list to its state. */
export function StateTabs({ filter }: { readonly filter: BuildFilter }) {
  const tabs = [undefined, ...buildStates]
  return (
    <nav class="tabs" aria-label="Filter by state">
      {tabs.map((state) => (
        <a
          key={state ?? 'all'}
          href={printRoute({ page: 'overview', filter: { ...filter, state } })}
          aria-current={filter.state === state ? 'true' : undefined}
          class={`tab ${state === undefined ? '' : `tab-${state}`}`}
        >
          <span class="tab-count">{count(counts.value?.[state ?? 'total'] ?? 0)}</span>
          <span class="tab-name">{state ?? 'all'}</span>
        </a>
      ))}
    </nav>
  )
}

/** The other filters, what waits to be shown, and the switch that makes the list stand still. */
export function ListBar({ filter }: { readonly filter: BuildFilter }) {
  const waiting = list.value?.waiting.size ?? 0
  return (
    <div class="bar">
      <label class="field">
        <span class="hidden">Platform</span>
        <select
          value={filter.platform ?? ''}
          onChange={(event) => choosePlatform(filter, event.currentTarget.value)}
        >
          <option value="">every platform</option>
          {platforms.map((platform) => (
            <option key={platform} value={platform}>
              {platform}
            </option>
          ))}
        </select>
      </label>
      {filter.workerId && <WorkerFilter filter={filter} workerId={filter.workerId} />}
      <div class="bar-news" role="status">
        {waiting > 0 && (
          <button type="button" class="button button-news" onClick={showWaiting}>
            {waiting} new
          </button>
        )}
      </div>
      <button type="button" class="button" aria-pressed={paused.value} onClick={togglePaused}>
        <Icon name={paused.value ? 'play' : 'pause'} />
        {paused.value ? 'Paused' : 'Live'}
      </button>
    </div>
  )
}

function WorkerFilter({ filter, workerId }: { readonly filter: BuildFilter; readonly workerId: string }) {
  const without = printRoute({ page: 'overview', filter: { ...filter, workerId: undefined } })
  return (
    <a class="tag" href={without} title="Show every worker's builds">
      worker {workers.value.get(workerId)?.name ?? workerId}
      <Icon name="cross" />
    </a>
  )
}

function choosePlatform(filter: BuildFilter, chosen: string): void {
  const platform = platforms.find((one) => one === chosen)
  navigate({ page: 'overview', filter: { ...filter, platform } })
}
