import { type Clock, hasListeners, type SpanEvents, span } from '../../kernel/index.ts'
import type { Eventually } from '../eventually.ts'

/** Runs `work` as a span when somebody listens, and just runs it otherwise. */
export function measured<S extends object, E extends object, T>(
  clock: Clock,
  events: SpanEvents<S, E>,
  start: () => S,
  work: () => Eventually<T>,
  stop: (value: T) => E,
): Eventually<T> {
  const { start: started, stop: stopped, exception } = events
  if (!hasListeners(started) && !hasListeners(stopped) && !hasListeners(exception)) return work()
  return span(clock, events, start(), async () => {
    const value = await work()
    return { value, metadata: stop(value) }
  })
}
