import { type Clock, hasListeners, type SpanEvents, span } from '../../kernel/index.ts'
import type { Eventually } from '../eventually.ts'

/** Whether anybody listens to a span: ask where even a closure per message is too much. */
export function isHeard<S extends object, E extends object>({
  start,
  stop,
  exception,
}: SpanEvents<S, E>): boolean {
  return hasListeners(start) || hasListeners(stop) || hasListeners(exception)
}

/** Runs `work` as a span when somebody listens, and just runs it otherwise. */
export function measured<S extends object, E extends object, T>(
  clock: Clock,
  events: SpanEvents<S, E>,
  start: () => S,
  work: () => Eventually<T>,
  stop: (value: T) => E,
): Eventually<T> {
  if (!isHeard(events)) return work()
  return span(clock, events, start(), async () => {
    const value = await work()
    return { value, metadata: stop(value) }
  })
}
