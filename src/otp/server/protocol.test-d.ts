import { expectTypeOf } from 'vitest'
import { type Err, err, type Ok, ok } from '../../kernel/index.ts'
import { defineServer } from './define-server.ts'
import type { ServerRef } from './definition.ts'
import { implement, type ProtocolOf, type Ref, refTo } from './protocol.ts'
import { after, continueWith, later, noreply, reply, stop } from './results.ts'

/** Published by one side, kept by the other. */
interface Counting {
  args: number
  calls: {
    get(): number
    add(by: number): number | 'negative'
    find(key: { readonly id: string }): Ok<string> | Err<'unknown'>
  }
  casts: { inc(by?: number): void; reset(): void }
}

const Counter = implement<Counting>()({
  name: 'counter',
  init: async (start) => ({ count: start, log: [] as string[] }),
  start: (state) => (state.count > 0 ? continueWith('load', 'all') : undefined),
  calls: {
    get: (s) => reply(s.count, s),
    add: (s, by) =>
      by < 0 ? stop('normal', s, 'negative') : reply(s.count + by, { ...s, count: s.count + by }),
    find: async (s, { id }) => {
      if (id === '') return reply(err('unknown'), s)
      return id === 'later' ? later<Ok<string>>()(s) : reply(ok(id), s)
    },
  },
  casts: {
    inc: (s, by = 1) => noreply({ ...s, count: s.count + by }),
    reset: (s, _none, ctx) => noreply({ ...s, count: ctx.nowMs }, after(1, 'sweep')),
  },
  info: { DOWN: (s, down) => (down.reason === 'normal' ? noreply(s) : stop('shutdown', s)) },
  continues: { load: (s, what: string) => noreply({ ...s, log: [what] }) },
})

const Inferred = defineServer({
  name: 'inferred',
  init: (start: number) => ({ count: start }),
  calls: {
    get: (s) => reply(s.count, s),
    add: (s, by: number) => (by < 0 ? stop('normal', s, 'negative') : reply(s.count, s)),
  },
  casts: { inc: (s, by: number = 1) => noreply({ count: s.count + by }) },
})

export async function types(): Promise<void> {
  const ref = await Counter.startLink(3, { name: 'x' })
  expectTypeOf(ref.call.get()).toEqualTypeOf<Promise<number>>()
  expectTypeOf(ref.call.add(2, { timeoutMs: 3 })).toEqualTypeOf<Promise<number | 'negative'>>()
  expectTypeOf(ref.call.find({ id: 'x' })).toEqualTypeOf<Promise<Ok<string> | Err<'unknown'>>>()
  ref.cast.inc()
  ref.cast.inc(2)
  ref.cast.reset()
  Counter.child(3, { thread: { module: import.meta.url, export: 'Counter' } })
  // @ts-expect-error wrong argument
  void ref.call.add('2')
  // @ts-expect-error missing argument
  void ref.call.add()
  // @ts-expect-error unknown call
  void ref.call.nothing
  // @ts-expect-error a call is no cast
  void ref.cast.get
  // @ts-expect-error wrong start argument
  void Counter.startLink('3')

  // A reference fits its contract, made from either side.
  expectTypeOf(ref).toExtend<Ref<Counting>>()
  const remote = refTo<Counting>('x')
  expectTypeOf(remote).toEqualTypeOf<Ref<Counting>>()
  expectTypeOf(remote.call.add(1)).toEqualTypeOf<Promise<number | 'negative'>>()
  // @ts-expect-error not in the contract
  void remote.call.sub
  expectTypeOf(await Inferred.start(1)).toExtend<Ref<ProtocolOf<typeof Inferred>>>()
  expectTypeOf<ServerRef<{ other: () => never }>>().not.toExtend<Ref<Counting>>()
}

type Derived = ProtocolOf<typeof Inferred>
expectTypeOf<Derived['args']>().toEqualTypeOf<number>()
expectTypeOf<Derived['calls']['add']>().toEqualTypeOf<(argument: number) => number | 'negative'>()
expectTypeOf<ReturnType<Derived['calls']['get']>>().toEqualTypeOf<number>()
expectTypeOf<Parameters<Derived['casts']['inc']>>().toEqualTypeOf<[argument?: number | undefined]>()

interface Tiny {
  calls: { get(): number }
}

implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => reply(s, s) } })
// @ts-expect-error a call is missing
implement<Tiny>()({ name: 'tiny', init: () => 1, calls: {} })
// @ts-expect-error all calls are missing
implement<Tiny>()({ name: 'tiny', init: () => 1 })
// @ts-expect-error wrong reply
implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => reply('one', s) } })
// @ts-expect-error wrong reply beside stop
implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => stop('normal', s, 'one') } })
// @ts-expect-error wrong promise of a later reply
implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => later<string>()(s) } })
// @ts-expect-error wrong state
implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => reply(s, 'one') } })
implement<Tiny>()({
  name: 'tiny',
  init: () => 1,
  // @ts-expect-error not in the contract
  calls: { get: (s) => reply(s, s), more: (s) => reply(s, s) },
})
implement<Tiny>()({
  name: 'tiny',
  init: () => 1,
  calls: { get: (s) => reply(s, s) },
  // @ts-expect-error casts that no contract speaks of
  casts: { a: () => noreply(1) },
})
// @ts-expect-error a contract without a start argument takes none
void implement<Tiny>()({ name: 'tiny', init: () => 1, calls: { get: (s) => reply(s, s) } }).start(5)
