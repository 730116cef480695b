import type { ComponentChildren } from 'preact'
import { count } from '../format.ts'
import { inlineJson, type Json } from '../json.ts'

/** Values inside of this many others begin folded. */
const OPEN_DEPTH = 2
/** What fits into a line is shown in one. */
const LINE_CHARS = 64

/** JSON to look through: containers fold, short ones stay in their line. */
export function JsonView({ value }: { readonly value: Json }) {
  return (
    <div class="json mono">
      <Value value={value} depth={0} />
    </div>
  )
}

interface ValueProps {
  readonly name?: string
  readonly value: Json
  readonly depth: number
}

function Value({ name, value, depth }: ValueProps) {
  const key = name === undefined ? null : <span class="json-key">{name}: </span>
  if (typeof value !== 'object' || value === null || inlineJson(value).length <= LINE_CHARS)
    return (
      <div class="json-line">
        {key}
        <Inline value={value} />
      </div>
    )
  const entries = Object.entries(value)
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary>
        {key}
        <span class="muted">{size(value)}</span>
      </summary>
      <div class="json-inside">
        {entries.map(([inner, one]) => (
          <Value key={inner} name={inner} value={one} depth={depth + 1} />
        ))}
      </div>
    </details>
  )
}

function size(value: Json[] | { [key: string]: Json }): string {
  return Array.isArray(value) ? `${count(value.length)} items` : `${count(Object.keys(value).length)} fields`
}

function Inline({ value }: { readonly value: Json }): ComponentChildren {
  if (typeof value === 'string') return <span class="json-text">{JSON.stringify(value)}</span>
  if (typeof value !== 'object' || value === null) return <span class="json-word">{String(value)}</span>
  return <span>{JSON.stringify(value)}</span>
}
