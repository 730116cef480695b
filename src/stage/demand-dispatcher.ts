import { type Dispatcher, type Send, type Step, step } from './dispatcher.ts'

interface Demand {
  readonly ref: string
  readonly count: number
}

/** Who wants how much, most first, ties in the order they asked. */
export interface DemandState {
  readonly demands: readonly Demand[]
  /** Asked of the producer for consumers that are gone: not asked again. */
  readonly pending: number
  readonly max: number | undefined
  readonly shuffled: boolean
}

/** Options of `demandDispatcher`. */
export interface DemandDispatcherOptions {
  /** Largest demand expected of one consumer; the first one that arrives by default. */
  readonly maxDemand?: number | undefined
  /** Orders the consumers before the first dispatch, so that not always the same one is served first. */
  readonly shuffle?: (<T>(items: readonly T[]) => readonly T[]) | undefined
}

/** Gives each event to one consumer: the one that still wants most. The default. */
export function demandDispatcher<E>(options: DemandDispatcherOptions = {}): Dispatcher<E, DemandState> {
  const { maxDemand, shuffle } = options
  return {
    initial: { demands: [], pending: 0, max: maxDemand, shuffled: shuffle === undefined },
    subscribe: (state, { ref }) => step({ ...state, demands: [...state.demands, { ref, count: 0 }] }),
    cancel(state, ref) {
      const { count, others } = pick(state.demands, ref)
      return step({ ...state, demands: others, pending: state.pending + count })
    },
    ask: askMore,
    dispatch(state, events) {
      const demands = state.shuffled ? state.demands : (shuffle?.(state.demands) ?? [])
      return serve({ ...state, demands, shuffled: true }, events)
    },
    capacity: ({ demands }) => demands.reduce((sum, { count }) => sum + count, 0),
    info: (state, message) => step(state, { infos: [message] }),
  }
}

function askMore<E>(state: DemandState, ref: string, asked: number): Step<E, DemandState> {
  const max = state.max ?? asked
  const { count, others } = pick(state.demands, ref)
  const served = Math.min(state.pending, asked)
  const demands = placed(others, { ref, count: count + asked })
  return step(
    { ...state, demands, max, pending: state.pending - served },
    { demand: asked - served, warning: asked > max ? greedy(asked, max) : undefined },
  )
}

const greedy = (asked: number, max: number): string =>
  `a consumer asked for ${asked} events where ${max} was the most so far: different maximum demands overload the greedy one`

function serve<E>(state: DemandState, events: readonly E[]): Step<E, DemandState> {
  const sends: Send<E>[] = []
  let { demands } = state
  let from = 0
  while (from < events.length) {
    const [first, ...others] = demands
    if (first === undefined || first.count === 0) break
    const count = Math.min(first.count, events.length - from)
    sends.push({ ref: first.ref, events: part(events, from, from + count) })
    demands = placed(others, { ref: first.ref, count: first.count - count })
    from += count
  }
  return step({ ...state, demands }, { sends, rest: part(events, from, events.length) })
}

const part = <E>(events: readonly E[], from: number, to: number): readonly E[] =>
  from === 0 && to === events.length ? events : events.slice(from, to)

function pick(demands: readonly Demand[], ref: string): { count: number; others: readonly Demand[] } {
  const count = demands.find((demand) => demand.ref === ref)?.count ?? 0
  return { count, others: demands.filter((demand) => demand.ref !== ref) }
}

/** Behind everybody who wants as much. */
function placed(demands: readonly Demand[], demand: Demand): readonly Demand[] {
  const at = demands.findIndex(({ count }) => count < demand.count)
  return at < 0 ? [...demands, demand] : [...demands.slice(0, at), demand, ...demands.slice(at)]
}
