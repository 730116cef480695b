import type { Clock } from './clock.ts'
import { defineEvent, emit, type TelemetryEvent } from './telemetry.ts'

/** Every span event carries the same `span`, so that start and end can be joined. */
export interface SpanContext {
  readonly span: number
}

/** The three events of a span, named `<name>.start`, `.stop` and `.exception`. */
export interface SpanEvents<S extends object, E extends object> {
  readonly start: TelemetryEvent<
    S & SpanContext & { readonly startedAtMs: number; readonly monotonicMs: number }
  >
  readonly stop: TelemetryEvent<
    E & SpanContext & { readonly durationMs: number; readonly monotonicMs: number }
  >
  readonly exception: TelemetryEvent<
    S & SpanContext & { readonly durationMs: number; readonly error: unknown }
  >
}

let lastSpan = 0

/** Declares the events of a span: `S` is the metadata at the start, `E` that at the end. */
export function defineSpan<S extends object, E extends object = object>(name: string): SpanEvents<S, E> {
  return {
    start: defineEvent(`${name}.start`),
    stop: defineEvent(`${name}.stop`),
    exception: defineEvent(`${name}.exception`),
  }
}

/**
 * Runs `work` between a start and a stop event; what it throws is emitted as an
 * exception event and thrown on. The stop metadata is what `work` returns under
 * `metadata`, not merged with the start's.
 */
export async function span<S extends object, E extends object, T>(
  clock: Clock,
  events: SpanEvents<S, E>,
  metadata: S,
  work: () => Promise<{ readonly value: T; readonly metadata: E }>,
): Promise<T> {
  const context = { span: ++lastSpan }
  const startMs = clock.monotonicMs()
  emit(events.start, { ...metadata, ...context, startedAtMs: clock.nowMs(), monotonicMs: startMs })
  try {
    const done = await work()
    const monotonicMs = clock.monotonicMs()
    emit(events.stop, { ...done.metadata, ...context, durationMs: monotonicMs - startMs, monotonicMs })
    return done.value
  } catch (error) {
    emit(events.exception, { ...metadata, ...context, durationMs: clock.monotonicMs() - startMs, error })
    throw error
  }
}
