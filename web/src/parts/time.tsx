import { ago, moment, span } from '../format.ts'
import { nowMs } from '../now.ts'

/** `3 min ago`, ticking, with the moment itself in the tooltip. */
export function Ago({ at }: { readonly at: string }) {
  const atMs = Date.parse(at)
  return (
    <time class="time" dateTime={at} title={moment(atMs)}>
      {ago(atMs, nowMs.value)}
    </time>
  )
}

/** How long something took, or has been taking: it ticks while `to` is null. */
export function Span({ from, to }: { readonly from: string; readonly to: string | null }) {
  const endMs = to === null ? nowMs.value : Date.parse(to)
  return <span class="time">{span(endMs - Date.parse(from))}</span>
}
