export { type Clock, systemClock, type Timer } from './clock.ts'
export { isId, newId, newToken, type RandomBytes } from './ids.ts'
export { Problem, type ProblemDetails } from './problem.ts'
export { type Err, err, type Ok, ok, type Result } from './result.ts'
export { hashToken, Secret, tokenMatches } from './secret.ts'
export { defineSpan, type SpanContext, type SpanEvents, span } from './span.ts'
export {
  type AttachedHandler,
  attach,
  attachPrefix,
  defineEvent,
  detach,
  emit,
  exportToDiagnosticsChannel,
  HandlerFailure,
  hasListeners,
  listHandlers,
  type TelemetryEvent,
  type TelemetryHandler,
} from './telemetry.ts'
export { count, formatDuration, formatSize, parseDuration, parseSize } from './units.ts'
