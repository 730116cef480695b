import type { BuildState } from '../../../src/contract/index.ts'

/** A build's state as a word with its colour. */
export function StateChip({ state }: { readonly state: BuildState }) {
  return (
    <span class={`chip chip-${state}`}>
      <span class="dot" />
      {state}
    </span>
  )
}
