import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { client, reasonOf } from '../client.ts'
import type { Json } from '../json.ts'
import { Icon } from './icon.tsx'
import { JsonView } from './json-view.tsx'

/** The state of a server as it was when it was asked: each look is a message to it, so it is not polled. */
export function StatePanel({ pid, ended }: { readonly pid: string; readonly ended: boolean }) {
  const state = useSignal<{ readonly value: Json } | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const look = async (): Promise<void> => {
    try {
      state.value = { value: (await client.node.state(pid)).state }
      problem.value = undefined
    } catch (error) {
      problem.value = reasonOf(error)
    }
  }
  useEffect(() => void look(), [pid])
  return (
    <section class="panel section" aria-label="State">
      <div class="section-bar">
        <h2>State</h2>
        {!ended && (
          <button type="button" class="button button-small bar-end" onClick={() => void look()}>
            <Icon name="refresh" />
            Look again
          </button>
        )}
      </div>
      <div class="section-body">
        {problem.value && !ended && <p class="muted">{problem.value}</p>}
        {state.value && <JsonView value={state.value.value} />}
      </div>
    </section>
  )
}
