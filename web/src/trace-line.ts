import type { TraceEvent } from '../../src/contract/index.ts'
import { inlineJson, type Json } from './json.ts'

/** One line of a trace as it is shown. */
export interface TraceLine {
  /** Grows from line to line. */
  readonly at: string | undefined
  readonly kind: 'call' | 'cast' | 'info' | 'reply' | 'gap' | 'end'
  readonly name: string
  readonly text: string
}

const LINES_MAX = 300

/** The lines with another event at the end; the oldest go when there are too many. */
export function withEvent(lines: readonly TraceLine[], event: TraceEvent): readonly TraceLine[] {
  const line = lineOf(event)
  return line ? [...lines.slice(1 - LINES_MAX), line] : lines
}

function lineOf(event: TraceEvent): TraceLine | undefined {
  switch (event.type) {
    case 'begin':
      return undefined
    case 'in':
      return { at: event.at, ...arrival(event.message) }
    case 'out':
      return { at: event.at, kind: 'reply', name: event.to ?? '', text: inlineJson(event.value) }
    case 'skipped':
      return { at: undefined, kind: 'gap', name: '', text: `${event.steps} more came too fast to be shown` }
    case 'end':
      return { at: event.at, kind: 'end', name: '', text: event.reason }
  }
}

/** Calls and casts come as what they ask for and with what; everything else is a plain message. */
function arrival(message: Json): Pick<TraceLine, 'kind' | 'name' | 'text'> {
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
    const { call, cast, argument } = message
    const text = argument === undefined ? '' : inlineJson(argument)
    if (typeof call === 'string') return { kind: 'call', name: call, text }
    if (typeof cast === 'string') return { kind: 'cast', name: cast, text }
  }
  return { kind: 'info', name: '', text: inlineJson(message) }
}
