import { channel } from 'node:diagnostics_channel'
import { err, ok, type Result } from './result.ts'

/**
 * Telemetry: named events that logs, metrics, dashboards and tests all read.
 *
 * Semantics follow Elixir's `telemetry`: handlers run in the emitter, in no
 * promised order; a handler that fails is detached from all its events and
 * `telemetry.handler.failure` is emitted; attaching and detaching inside a
 * handler does not touch the emission in progress.
 */
export interface TelemetryEvent<M extends object> {
  /** Dotted name, the owning room first: `builds.silent`. */
  readonly name: string
  /** Carries the metadata's type; never set. */
  readonly metadata?: M | undefined
}

/** What runs on an event; a returned promise that rejects counts as a failure. */
export type TelemetryHandler<M extends object = object> = (event: string, metadata: M) => unknown

/** One attached handler, as `listHandlers` shows it. */
export interface AttachedHandler {
  readonly id: string
  /** Exact event names, or the prefix given to `attachPrefix`. */
  readonly events: readonly string[]
  readonly prefix?: string
}

interface Attached extends AttachedHandler {
  readonly run: TelemetryHandler<never>
}

interface Slot {
  readonly name: string
  handlers: readonly Attached[]
}

const slots = new Map<string, Slot>()
const attached = new Map<string, Attached>()

/** Emitted when a handler threw or rejected, after it was detached. */
export const HandlerFailure = defineEvent<{
  readonly id: string
  readonly event: string
  readonly error: unknown
}>('telemetry.handler.failure')

/** Declares an event; two declarations of one name are the same event. */
export function defineEvent<M extends object>(name: string): TelemetryEvent<M> {
  const known = slots.get(name)
  if (known) return known
  const slot: Slot = { name, handlers: [] }
  slots.set(name, slot)
  refresh(slot)
  return slot
}

/** True when somebody listens: ask before building costly metadata. */
export function hasListeners(event: Pick<TelemetryEvent<object>, 'name'>): boolean {
  return (event as Slot).handlers.length > 0
}

/** Runs every handler of the event; costs one length check when there is none. */
export function emit<M extends object>(event: TelemetryEvent<M>, metadata: M): void {
  const { handlers } = event as Slot
  if (handlers.length === 0) return
  for (const handler of handlers) run(handler, event.name, metadata)
}

/** Attaches under an id of your choice; a taken id is refused. */
export function attach<M extends object>(
  id: string,
  events: TelemetryEvent<M> | readonly TelemetryEvent<M>[],
  handler: TelemetryHandler<M>,
): Result<void, 'already_exists'> {
  const names = ('name' in events ? [events] : events).map((event) => event.name)
  return add({ id, events: names, run: handler })
}

/** Attaches to every event whose name starts with `prefix`, also those declared later; `''` is all. */
export function attachPrefix(
  id: string,
  prefix: string,
  handler: TelemetryHandler,
): Result<void, 'already_exists'> {
  return add({ id, events: [], prefix, run: handler })
}

/** Detaches a handler from all its events; false when the id is unknown. */
export function detach(id: string): boolean {
  const known = attached.delete(id)
  if (known) refreshAll()
  return known
}

/** The handlers whose events begin with `prefix` (all without one). */
export function listHandlers(prefix = ''): readonly AttachedHandler[] {
  return [...attached.values()]
    .filter(
      ({ events, prefix: own }) => own?.startsWith(prefix) ?? events.some((name) => name.startsWith(prefix)),
    )
    .map(({ run: _run, ...shown }) => shown)
}

/**
 * Mirrors every event to the `diagnostics_channel` of the same name, for tools
 * that listen there. Call the returned function to end it. An exporter only:
 * a throwing subscriber of a channel brings down the whole Node process.
 */
export function exportToDiagnosticsChannel(): () => void {
  const id = 'telemetry.diagnostics_channel'
  attachPrefix(id, '', (event, metadata) => {
    const target = channel(event)
    if (target.hasSubscribers) target.publish(metadata)
  })
  return () => void detach(id)
}

function add(handler: Attached): Result<void, 'already_exists'> {
  if (attached.has(handler.id))
    return err('already_exists', `a telemetry handler "${handler.id}" is attached; detach it first`)
  attached.set(handler.id, handler)
  refreshAll()
  return ok()
}

function refreshAll(): void {
  for (const slot of slots.values()) refresh(slot)
}

/** Emissions in progress keep the array they started with. */
function refresh(slot: Slot): void {
  slot.handlers = [...attached.values()].filter(
    ({ events, prefix }) =>
      events.includes(slot.name) || (prefix !== undefined && slot.name.startsWith(prefix)),
  )
}

function run<M extends object>(handler: Attached, event: string, metadata: M): void {
  try {
    const outcome = (handler.run as TelemetryHandler<M>)(event, metadata)
    if (outcome instanceof Promise) outcome.catch((error: unknown) => fail(handler, event, error))
  } catch (error) {
    fail(handler, event, error)
  }
}

function fail(handler: Attached, event: string, error: unknown): void {
  if (attached.get(handler.id) !== handler) return
  detach(handler.id)
  emit(HandlerFailure, { id: handler.id, event, error })
}
