import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { MAILBOX_MARKS, type ProcessesReply, paceBetween } from '../../../src/contract/index.ts'
import { client, reasonOf } from '../client.ts'
import { count } from '../format.ts'
import { navigate } from '../navigation.ts'
import { Icon } from '../parts/icon.tsx'
import { ProcessTable } from '../parts/process-table.tsx'
import { ViewSwitch } from '../parts/view-switch.tsx'
import { poll } from '../polling.ts'
import type { ProcessFilter } from '../route.ts'

const LISTED_MAX = 200

interface Listed {
  readonly reply: ProcessesReply
  readonly pace: ReadonlyMap<string, number>
}

/** Every process of the node, not only those of the tree; live while it is looked at. */
export function ProcessesPage({ filter }: { readonly filter: ProcessFilter }) {
  const { sort, words } = filter
  const listed = useSignal<Listed | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const paused = useSignal(false)
  useEffect(() => {
    if (paused.value) return undefined
    return poll({
      load: () => client.node.processes({ sort, limit: LISTED_MAX, filter: words.trim() || undefined }),
      onLoaded(reply) {
        listed.value = { reply, pace: paceBetween(listed.peek()?.reply, reply) }
        problem.value = undefined
      },
      onFailed: (error) => {
        problem.value = reasonOf(error)
      },
    })
  }, [sort, words, paused.value])
  return (
    <>
      <header class="title">
        <div class="title-words">
          <h1>Processes</h1>
          <p class="muted">{listed.value ? summary(listed.value.reply) : 'Loading…'}</p>
        </div>
        <ViewSwitch here="list" />
      </header>
      <div class="bar">
        <FilterField filter={filter} />
        <button
          type="button"
          class="button bar-end"
          aria-pressed={paused.value}
          onClick={() => (paused.value = !paused.value)}
        >
          <Icon name={paused.value ? 'play' : 'pause'} />
          {paused.value ? 'Paused' : 'Live'}
        </button>
      </div>
      {problem.value && (
        <p class="callout callout-bad" role="alert">
          {problem.value}
        </p>
      )}
      {listed.value && <ProcessTable {...listed.value} filter={filter} />}
    </>
  )
}

function summary({ total, matching, processes, waiting }: ProcessesReply): string {
  const shown = processes.length < matching ? `, ${count(processes.length)} shown` : ''
  const found = matching < total ? `${count(matching)} of ${count(total)}` : count(total)
  const messages = `${count(waiting)} ${waiting === 1 ? 'message waits' : 'messages wait'}`
  return `${found} processes of this node${shown}; ${messages}. Alert at ${MAILBOX_MARKS.alert}, critical at ${MAILBOX_MARKS.critical}.`
}

function FilterField({ filter }: { readonly filter: ProcessFilter }) {
  return (
    <label class="search search-start">
      <Icon name="search" />
      <span class="hidden">Filter by name, module or pid</span>
      <input
        type="search"
        value={filter.words}
        placeholder="Name, module or pid"
        onInput={(event) =>
          navigate(
            { page: 'processes', filter: { ...filter, words: event.currentTarget.value } },
            { replace: true },
          )
        }
      />
    </label>
  )
}
