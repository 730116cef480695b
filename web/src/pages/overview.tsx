import { list, listError, loadOlder } from '../builds.ts'
import { counts } from '../live.ts'
import { ListBar, StateTabs } from '../parts/build-filters.tsx'
import { BuildTable } from '../parts/build-table.tsx'
import { FirstSteps } from '../parts/first-steps.tsx'
import { LastHour } from '../parts/last-hour.tsx'
import type { BuildFilter } from '../route.ts'

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
