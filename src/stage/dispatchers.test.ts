import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pid } from '../otp/index.ts'
import { broadcastDispatcher } from './broadcast-dispatcher.ts'
import { demandDispatcher } from './demand-dispatcher.ts'
import type { Dispatcher, Refusal, Step } from './dispatcher.ts'
import { partitionDispatcher } from './partition-dispatcher.ts'

const peer = (ref: string) => ({ ref, pid: { id: ref } as Pid })

/** Runs a dispatcher as a stage would, and keeps what it did. */
function drive<S>(dispatcher: Dispatcher<number, S>) {
  let state = dispatcher.initial
  const take = (decided: Step<number, S> | Refusal) => {
    if ('refused' in decided) return decided
    state = decided.state
    const { state: _state, ...rest } = decided
    return rest
  }
  return {
    subscribe: (ref: string, options: object = {}) => take(dispatcher.subscribe(state, peer(ref), options)),
    subscribePeer: (who: ReturnType<typeof peer>) => take(dispatcher.subscribe(state, who, {})),
    ask: (ref: string, count: number) =>
      take(dispatcher.ask(state, ref, count)) as Omit<Step<number, S>, 'state'>,
    cancel: (ref: string) => take(dispatcher.cancel(state, ref)) as Omit<Step<number, S>, 'state'>,
    dispatch: (...events: number[]) =>
      take(dispatcher.dispatch(state, events)) as Omit<Step<number, S>, 'state'>,
    info: (message: unknown) => take(dispatcher.info(state, message)) as Omit<Step<number, S>, 'state'>,
    capacity: () => dispatcher.capacity(state),
  }
}

describe('demand dispatcher', () => {
  test('the consumer that wants most is served first', () => {
    const d = drive(demandDispatcher<number>())
    d.subscribe('a')
    d.subscribe('b')
    d.ask('a', 2)
    d.ask('b', 3)
    expect(d.dispatch(1, 2, 3, 4).sends).toEqual([
      { ref: 'b', events: [1, 2, 3] },
      { ref: 'a', events: [4] },
    ])
  })

  test('ties are served in the order they asked', () => {
    const d = drive(demandDispatcher<number>())
    for (const ref of ['a', 'b', 'c']) d.subscribe(ref)
    for (const ref of ['b', 'a', 'c']) d.ask(ref, 2)
    expect(d.dispatch(1, 2, 3).sends).toEqual([
      { ref: 'b', events: [1, 2] },
      { ref: 'a', events: [3] },
    ])
  })

  test('events beyond all demand come back', () => {
    const d = drive(demandDispatcher<number>())
    d.subscribe('a')
    d.ask('a', 2)
    expect(d.dispatch(1, 2, 3)).toMatchObject({ sends: [{ ref: 'a', events: [1, 2] }], rest: [3] })
  })

  test('what a cancelled consumer had asked for is not asked of the producer again', () => {
    const d = drive(demandDispatcher<number>())
    d.subscribe('a')
    expect(d.ask('a', 10).demand).toBe(10)
    d.cancel('a')
    d.subscribe('b')
    expect(d.ask('b', 6).demand).toBe(0)
    expect(d.ask('b', 6).demand).toBe(2)
  })

  test('a larger demand than the first one is warned about', () => {
    const d = drive(demandDispatcher<number>())
    d.subscribe('a')
    expect(d.ask('a', 10).warning).toBeUndefined()
    expect(d.ask('a', 11).warning).toMatch(/11 events where 10/)
  })

  test('shuffle orders the consumers once, before the first dispatch', () => {
    const d = drive(demandDispatcher<number>({ shuffle: (items) => items.toReversed() }))
    d.subscribe('a')
    d.subscribe('b')
    d.ask('a', 1)
    d.ask('b', 1)
    expect(d.dispatch(1).sends).toEqual([{ ref: 'b', events: [1] }])
    d.ask('b', 1)
    expect(d.dispatch(2).sends).toEqual([{ ref: 'a', events: [2] }])
  })
})

describe('broadcast dispatcher', () => {
  test('everybody gets every event, as far as all have asked', () => {
    const d = drive(broadcastDispatcher<number>())
    d.subscribe('a')
    d.subscribe('b')
    expect(d.ask('a', 3).demand).toBe(0)
    expect(d.ask('b', 2).demand).toBe(2)
    expect(d.dispatch(1, 2, 3)).toMatchObject({
      sends: [
        { ref: 'a', events: [1, 2] },
        { ref: 'b', events: [1, 2] },
      ],
      rest: [3],
    })
  })

  test('a consumer that leaves may free the demand of the others', () => {
    const d = drive(broadcastDispatcher<number>())
    d.subscribe('a')
    d.subscribe('b')
    d.ask('a', 3)
    expect(d.cancel('b').demand).toBe(3)
  })

  test('a late joiner gets nothing before it asked, and holds the others meanwhile', () => {
    const d = drive(broadcastDispatcher<number>())
    d.subscribe('a')
    d.ask('a', 2)
    d.subscribe('b')
    expect(d.dispatch(1).rest).toEqual([1])
    d.ask('b', 1)
    expect(d.dispatch(1).sends).toHaveLength(2)
    expect(d.capacity()).toBe(0)
  })

  test('the same process twice is refused', () => {
    const d = drive(broadcastDispatcher<number>())
    const a = peer('a')
    d.subscribePeer(a)
    expect(d.subscribePeer({ ...a, ref: 'again' })).toEqual({ refused: 'already_subscribed' })
  })

  test('what a selector leaves out is asked for again', () => {
    const d = drive(broadcastDispatcher<number>())
    d.subscribe('even', { selector: (event: number) => event % 2 === 0 })
    d.ask('even', 3)
    expect(d.dispatch(1, 2, 3)).toMatchObject({
      sends: [{ ref: 'even', events: [2] }],
      asks: [{ ref: 'even', count: 2 }],
    })
  })

  test('a selector that is no function is refused', () => {
    const d = drive(broadcastDispatcher<number>())
    expect(() => d.subscribe('a', { selector: 'even' })).toThrow(/selector/)
  })
})

const parity = () =>
  drive(
    partitionDispatcher<number>({ partitions: ['even', 'odd'], hash: (n) => (n % 2 === 0 ? 'even' : 'odd') }),
  )

describe('partition dispatcher', () => {
  test('each event goes to the consumer of its partition', () => {
    const d = parity()
    d.subscribe('a', { partition: 'even' })
    d.subscribe('b', { partition: 'odd' })
    d.ask('a', 2)
    d.ask('b', 2)
    expect(d.dispatch(1, 2, 3, 4).sends).toEqual([
      { ref: 'b', events: [1, 3] },
      { ref: 'a', events: [2, 4] },
    ])
  })

  test('demand is summed, so a busy partition piles up in its own queue', () => {
    const d = parity()
    d.subscribe('a', { partition: 'even' })
    d.subscribe('b', { partition: 'odd' })
    d.ask('a', 3)
    d.ask('b', 1)
    expect(d.dispatch(1, 3, 5, 7, 9)).toMatchObject({ sends: [{ ref: 'b', events: [1] }], rest: [9] })
    expect(d.ask('b', 2)).toMatchObject({ sends: [{ ref: 'b', events: [3, 5] }], demand: 2 })
  })

  test('the queue of a consumer that left is the next one’s', () => {
    const d = parity()
    d.subscribe('a', { partition: 'even' })
    d.subscribe('b', { partition: 'odd' })
    d.ask('a', 3)
    d.dispatch(1, 3)
    d.cancel('b')
    d.subscribe('c', { partition: 'odd' })
    expect(d.ask('c', 5)).toMatchObject({ sends: [{ ref: 'c', events: [1, 3] }], demand: 5 })
  })

  test('demand of a consumer that left is not asked of the producer again', () => {
    const d = parity()
    d.subscribe('a', { partition: 'even' })
    d.ask('a', 4)
    d.cancel('a')
    d.subscribe('b', { partition: 'even' })
    expect(d.ask('b', 5).demand).toBe(1)
  })

  test('an event of an unknown partition is an error that names it', () => {
    const d = drive(partitionDispatcher<number>({ partitions: [0, 1], hash: (n) => n }))
    d.subscribe('a', { partition: 0 })
    d.ask('a', 1)
    expect(() => d.dispatch(7)).toThrow('there is no partition 7')
  })

  test('an event without a partition is left out and asked for again', () => {
    const d = drive(partitionDispatcher<number>({ partitions: [0], hash: (n) => (n > 0 ? 0 : undefined) }))
    d.subscribe('a', { partition: 0 })
    d.ask('a', 2)
    expect(d.dispatch(0, 1)).toMatchObject({ sends: [{ ref: 'a', events: [1] }], demand: 1 })
    expect(d.dispatch(2).sends).toEqual([{ ref: 'a', events: [2] }])
  })

  test('a partition must be named, exist and be free', () => {
    const d = parity()
    expect(() => d.subscribe('a')).toThrow('needs the option partition')
    expect(() => d.subscribe('a', { partition: 'neither' })).toThrow('there is no partition "neither"')
    d.subscribe('a', { partition: 'odd' })
    expect(() => d.subscribe('b', { partition: 'odd' })).toThrow('has a consumer already')
  })

  test('partitions with names need a hash', () => {
    expect(() => partitionDispatcher({ partitions: ['a'] })).toThrow(/need a hash/)
    expect(() => partitionDispatcher({ partitions: 0 })).toThrow(/above 0/)
  })

  test('without a hash, equal events meet in one of the numbered partitions', () => {
    const d = drive(partitionDispatcher<number>({ partitions: 3 }))
    for (const partition of [0, 1, 2]) d.subscribe(`c${partition}`, { partition })
    for (const partition of [0, 1, 2]) d.ask(`c${partition}`, 10)
    const first = d.dispatch(42).sends[0]?.ref
    expect(d.dispatch(42).sends[0]?.ref).toBe(first)
  })

  test('an ordered message waits until every queue it stands in has passed it', () => {
    const d = parity()
    d.subscribe('a', { partition: 'even' })
    d.subscribe('b', { partition: 'odd' })
    d.ask('a', 4)
    d.dispatch(1, 3)
    expect(d.info('marker').infos).toEqual([])
    d.dispatch(5)
    expect(d.ask('b', 1).infos).toEqual([])
    expect(d.ask('b', 1)).toMatchObject({ sends: [{ ref: 'b', events: [3] }], infos: ['marker'] })
    expect(d.info('free').infos).toEqual([])
    expect(d.ask('b', 1).infos).toEqual(['free'])
    expect(d.info('at once').infos).toEqual(['at once'])
  })
})

/** What may happen to a dispatcher: joins, leaves, asks and dispatches, in any order. */
const happening = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      who: fc.nat(3),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('dispatch' as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
)

/** Plays the happenings against a dispatcher; checks that nobody gets more than asked. */
function play(
  dispatcher: Dispatcher<number, unknown>,
  happenings: readonly Happening[],
  onePerSlot: boolean,
) {
  const d = drive(dispatcher)
  const here = new Map<number, string>()
  const owed = new Map<string, number>()
  const got = new Map<string, number[]>()
  const held: number[] = []
  let joined = 0
  let next = 0
  let asked = 0
  let granted = 0
  const follow = (decided: Omit<Step<number, unknown>, 'state'>): void => {
    granted += decided.demand
    for (const { ref, events } of decided.sends) {
      const left = (owed.get(ref) ?? 0) - events.length
      expect(left).toBeGreaterThanOrEqual(0)
      owed.set(ref, left)
      got.get(ref)?.push(...events)
    }
  }
  for (const happening of happenings) {
    const ref = 'who' in happening ? here.get(happening.who) : undefined
    if (happening.do === 'join' && ref === undefined) {
      const fresh = `${happening.who}#${++joined}`
      here.set(happening.who, fresh)
      got.set(fresh, [])
      d.subscribe(fresh, onePerSlot ? { partition: happening.who } : {})
    } else if (happening.do === 'leave' && ref !== undefined) {
      here.delete(happening.who)
      owed.delete(ref)
      follow(d.cancel(ref))
    } else if (happening.do === 'ask' && ref !== undefined) {
      owed.set(ref, (owed.get(ref) ?? 0) + happening.count)
      asked += happening.count
      follow(d.ask(ref, happening.count))
    } else if (happening.do === 'dispatch' && here.size > 0) {
      const events = [...held.splice(0), ...Array.from({ length: happening.count }, () => next++)]
      const decided = d.dispatch(...events)
      follow(decided)
      held.push(...decided.rest)
    }
  }
  return {
    got: [...got.values()],
    held,
    asked,
    granted,
    next,
    d,
    here,
  }
}
type Happening = typeof happening extends fc.Arbitrary<infer H> ? H : never

const ascending = (events: readonly number[]) =>
  events.every((event, index) => index === 0 || event > (events[index - 1] ?? 0))

describe('whatever consumers do', () => {
  test('the demand dispatcher loses nothing, repeats nothing, keeps the order and never sends or asks too much', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const { got, held, asked, granted, next } = play(demandDispatcher<number>(), happenings, false)
        expect([...got.flat(), ...held].sort((a, b) => a - b)).toEqual([...Array(next).keys()])
        expect(got.every(ascending)).toBe(true)
        expect(granted).toBeLessThanOrEqual(asked)
      }),
    )
  })

  test('the broadcast dispatcher gives all who are there the same, in order, and never too much', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const { got, held, next } = play(broadcastDispatcher<number>(), happenings, false)
        const events = [...Array(next).keys()]
        expect(held).toEqual(events.slice(next - held.length))
        for (const one of got)
          expect(one).toEqual(one.length === 0 ? [] : events.slice(one[0], (one.at(-1) ?? 0) + 1))
      }),
    )
  })

  test('the partition dispatcher keeps each partition complete and in order', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const dispatcher = partitionDispatcher<number>({ partitions: 4, hash: (event) => event % 4 })
        const { d, here, got, held, next } = play(dispatcher, happenings, true)
        const late: number[][] = []
        for (const partition of [0, 1, 2, 3]) {
          const ref = here.get(partition) ?? `last#${partition}`
          if (!here.has(partition)) d.subscribe(ref, { partition })
          const { sends } = d.ask(ref, 1000)
          late.push(sends.flatMap(({ events }) => [...events]))
        }
        expect([...got.flat(), ...late.flat(), ...held].sort((a, b) => a - b)).toEqual([
          ...Array(next).keys(),
        ])
        expect(got.every(ascending)).toBe(true)
      }),
    )
  })
})
