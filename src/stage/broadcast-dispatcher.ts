import { Problem } from '../kernel/index.ts'
import type { Pid } from '../otp/index.ts'
import { type Dispatcher, type Send, type Step, step } from './dispatcher.ts'

type Selector<E> = (event: E) => boolean

interface Listener<E> {
  readonly ref: string
  readonly pid: Pid
  /** What it asked for beyond `waiting`; negative until a late joiner has caught up. */
  readonly count: number
  readonly selector: Selector<E> | undefined
}

/** Everybody's demand beyond what all of them have in common. */
export interface BroadcastState<E> {
  readonly listeners: readonly Listener<E>[]
  /** Events that may go to everybody right now. */
  readonly waiting: number
}

/**
 * Gives each event to every consumer, at the pace of the slowest: one consumer
 * that does not ask stalls all. A consumer may subscribe with `selector`.
 */
export function broadcastDispatcher<E>(): Dispatcher<E, BroadcastState<E>> {
  return {
    initial: { listeners: [], waiting: 0 },
    subscribe({ listeners, waiting }, { ref, pid }, options) {
      const selector = selectorOf<E>(options)
      if (listeners.some((listener) => listener.pid === pid)) return { refused: 'already_subscribed' }
      return step({ waiting, listeners: [...listeners, { ref, pid, count: -waiting, selector }] })
    },
    cancel: ({ listeners, waiting }, ref) =>
      level(
        listeners.filter((listener) => listener.ref !== ref),
        waiting,
      ),
    ask: ({ listeners, waiting }, ref, asked) =>
      level(
        listeners.map((listener) =>
          listener.ref === ref ? { ...listener, count: listener.count + asked } : listener,
        ),
        waiting,
      ),
    dispatch: toEverybody,
    capacity,
    info: (state, message) => step(state, { infos: [message] }),
  }
}

/** Moves what all have in common into `waiting`: that much may be asked of the producer. */
function level<E>(listeners: readonly Listener<E>[], waiting: number): Step<E, BroadcastState<E>> {
  const least = listeners.length === 0 ? 0 : Math.max(0, Math.min(...listeners.map(({ count }) => count)))
  const levelled =
    least === 0 ? listeners : listeners.map((listener) => ({ ...listener, count: listener.count - least }))
  return step({ listeners: levelled, waiting: waiting + least }, { demand: least })
}

function toEverybody<E>(state: BroadcastState<E>, events: readonly E[]): Step<E, BroadcastState<E>> {
  const count = Math.min(capacity(state), events.length)
  if (count === 0) return step(state, { rest: events })
  const now = count === events.length ? events : events.slice(0, count)
  const sends: Send<E>[] = []
  const asks: { ref: string; count: number }[] = []
  for (const { ref, selector } of state.listeners) {
    const selected = selector ? now.filter(selector) : now
    if (selected.length > 0) sends.push({ ref, events: selected })
    if (selected.length < count) asks.push({ ref, count: count - selected.length })
  }
  return step({ ...state, waiting: state.waiting - count }, { sends, asks, rest: events.slice(count) })
}

/** A late joiner whose own demand is not in yet holds back what was asked for by the others. */
function capacity<E>({ listeners, waiting }: BroadcastState<E>): number {
  if (listeners.length === 0) return 0
  return Math.max(0, waiting + Math.min(0, ...listeners.map(({ count }) => count)))
}

function selectorOf<E>(options: { readonly selector?: unknown }): Selector<E> | undefined {
  const { selector } = options
  if (selector === undefined || typeof selector === 'function') return selector as Selector<E> | undefined
  throw new Problem('bad_selector', `selector must be a function of one event, got ${typeof selector}`, {
    field: 'selector',
    wayOut: 'subscribe with { selector: (event) => boolean }',
  })
}
