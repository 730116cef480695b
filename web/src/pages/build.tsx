import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BuildView } from '../../../src/contract/index.ts'
import { client, reasonOf } from '../client.ts'
import { size } from '../format.ts'
import { epoch, onBuild } from '../live.ts'
import { BuildFacts } from '../parts/build-facts.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Icon } from '../parts/icon.tsx'
import { LogView } from '../parts/log-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { StateChip } from '../parts/state-chip.tsx'
import { Timeline } from '../parts/timeline.tsx'

interface BuildPageProps {
  readonly id: string
  /** The line that the address points at. */
  readonly line: number | undefined
}

/** One build: where it is, what it left, what it says. */
export function BuildPage({ id, line }: BuildPageProps) {
  const build = useSignal<BuildView | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const connected = epoch.value
  useEffect(
    () =>
      onBuild((changed) => {
        if (changed.id === id) build.value = changed
      }),
    [id],
  )
  useEffect(() => {
    void client.builds.get(id).then(
      (found) => {
        build.value = found
        problem.value = undefined
      },
      (error: unknown) => {
        problem.value = reasonOf(error)
      },
    )
  }, [id, connected])
  if (build.value) return <Build build={build.value} line={line} />
  return problem.value ? (
    <div class="empty">
      <h1>This build cannot be shown</h1>
      <p class="muted">{problem.value}</p>
      <p>
        <a href="/">All builds</a>
      </p>
    </div>
  ) : (
    <p class="muted quiet">Loading…</p>
  )
}

function Build({ build, line }: { readonly build: BuildView; readonly line: number | undefined }) {
  return (
    <article>
      <PageHead
        back={{ href: '/', title: 'Builds' }}
        title={build.name ?? 'Build'}
        state={<StateChip state={build.state} />}
        id={build.id}
        idName="build id"
      >
        <Actions build={build} />
      </PageHead>
      {build.error && (
        <p class="callout callout-bad" role="alert">
          {build.error}
        </p>
      )}
      <Timeline build={build} />
      <BuildFacts build={build} />
      <LogView build={build} line={line} />
    </article>
  )
}

function Actions({ build }: { readonly build: BuildView }) {
  const asking = useSignal(false)
  const over = build.finished_at !== null
  return (
    <div class="title-actions">
      {build.artifact && (
        <a
          class="button button-main"
          href={`/api/builds/${build.id}/download`}
          download={build.artifact.name}
        >
          <Icon name="download" />
          Download · {size(build.artifact.bytes)}
        </a>
      )}
      {!over && (
        <button type="button" class="button" onClick={() => (asking.value = true)}>
          Cancel
        </button>
      )}
      {asking.value && (
        <Confirm
          title="Cancel this build?"
          action="Cancel the build"
          run={() => client.builds.cancel(build.id)}
          onClose={() => (asking.value = false)}
        >
          Its worker stops, and what it made so far is thrown away. The log stays.
        </Confirm>
      )}
    </div>
  )
}
