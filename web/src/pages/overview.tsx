import { buildStates, platforms } from '../../../src/contract/index.ts'
import { list, listError, loadOlder, paused, showWaiting, togglePaused } from '../builds.ts'
import { count, span, timeOfDay } from '../format.ts'
import { lastHour, partial } from '../history.ts'
import { counts, workers } from '../live.ts'
import { navigate } from '../navigation.ts'
import { BuildTable } from '../parts/build-table.tsx'
import { Command } from '../parts/command.tsx'
import { Icon } from '../parts/icon.tsx'
import { ThroughputChart } from '../parts/throughput-chart.tsx'
import { type BuildFilter, printRoute } from '../route.ts'

/** What runs here: counts, the last hour, and the live list of builds. */
export function Overview({ filter }: { readonly filter: BuildFilter }) {
  if (counts.value?.total === 0) return <FirstSteps />
  return (
    <>
      <h1 class="hidden">Builds</h1>
      <LastHour />
      <StateTabs filter={filter} />
      <ListBar filter={filter} />
      <Builds />
    </>
  )
}

function LastHour() {
  const { minutes, completed, failed, medianMs } = lastHour.value
  const online = [...workers.value.values()].filter((worker) => worker.status !== 'offline').length
  return (
    <section class="panel hour" aria-label="The last hour">
      <dl class="figures">
        <Figure name="Completed in the last hour" value={count(completed)} />
        <Figure name="Failed" value={count(failed)} bad={failed > 0} />
        <Figure name="Median run" value={medianMs === undefined ? '–' : span(medianMs)} />
        <Figure name="Workers online" value={count(online)} />
      </dl>
      <div class="hour-chart">
        <ThroughputChart minutes={minutes} />
        <p class="axis muted" aria-hidden="true">
          <span>{timeOfDay(minutes[0]?.startMs ?? 0).slice(0, 5)}</span>
          {partial.value && <span>counted from the newest 1,000 builds</span>}
          <span>now</span>
        </p>
      </div>
    </section>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly bad?: boolean
}

function Figure({ name, value, bad = false }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class={bad ? 'bad' : undefined}>{value}</dd>
    </div>
  )
}

function StateTabs({ filter }: { readonly filter: BuildFilter }) {
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

function ListBar({ filter }: { readonly filter: BuildFilter }) {
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

function Builds() {
  if (listError.value) {
    return (
      <p class="callout callout-bad" role="alert">
        {listError.value}
      </p>
    )
  }
  if (!list.value) return <p class="muted quiet">Loading…</p>
  if (list.value.rows.length === 0) return <p class="empty muted">No build matches this filter.</p>
  return (
    <>
      <BuildTable builds={list.value.rows} />
      {list.value.next && (
        <p class="more">
          <button type="button" class="button" onClick={() => void loadOlder()}>
            Older builds
          </button>
        </p>
      )}
    </>
  )
}

function FirstSteps() {
  return (
    <section class="empty first-steps">
      <h1>Nothing built yet</h1>
      <p class="muted">
        Two commands make the first build. Both take the key you signed in with from{' '}
        <code>QUORATE_API_KEY</code>.
      </p>
      <ol class="steps">
        <li>
          <h2>Start a worker, on this machine or any other</h2>
          <Command
            text={`quorate worker --url ${location.origin} --platform linux --exec "npm ci && npm test && npm pack" --artifact "*.tgz"`}
          />
        </li>
        <li>
          <h2>Submit a directory</h2>
          <Command text={`quorate build submit . --url ${location.origin} --platform linux --watch`} />
        </li>
      </ol>
    </section>
  )
}
