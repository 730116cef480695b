import { expectTypeOf } from 'vitest'
import { type Err, err, type Ok, ok } from '../../kernel/index.ts'
import { defineServer } from './define-server.ts'
import { after, later, noreply, reply, stop } from './results.ts'

const Counter = defineServer({
  name: 'counter',
  init: (start: number, ctx) => ({ count: start, log: [] as string[], self: ctx.self }),
  start: (state, ctx) => (ctx.nowMs > state.count ? after(250, 'sweep') : undefined),
  calls: {
    get: (s) => reply(s.count, s),
    who: (s, _none, ctx) => reply(ctx.self.id, s),
    add: (s, n: number) =>
      n < 0 ? stop('normal', s, 'negative') : reply(s.count + n, { ...s, count: s.count + n }),
    job: (s, id: string) => later<{ id: string }>()({ ...s, log: [...s.log, id] }),
    slow: async (s, _by: number, { signal }) => reply(signal.aborted, s),
    watch(s, build: string) {
      if (s.count > 3) return reply(err('too_many'), s)
      return reply(ok(build), s)
    },
  },
  casts: { inc: (s, by: number = 1) => noreply({ ...s, count: s.count + by }) },
  info: {
    DOWN: (s, down) => (down.reason === 'normal' ? noreply(s) : stop('shutdown', s)),
    sweep: (s, _message, ctx) => noreply({ ...s, count: ctx.nowMs }, after(250, 'sweep')),
    tick: (s, tick: { readonly type: 'tick'; readonly n: number }) => noreply({ ...s, count: tick.n }),
  },
  continues: { load: (s, what: string) => noreply({ ...s, log: [what] }) },
  terminate: (_reason, s) => s.count,
})

const NoArgs = defineServer({ name: 'none', init: async () => ({ n: 1 }), casts: { a: (s) => noreply(s) } })

export async function types(): Promise<void> {
  await using c = await Counter.startLink(3, { name: 'x' })
  expectTypeOf(c.call.get()).toEqualTypeOf<Promise<number>>()
  expectTypeOf(c.call.who(undefined, { timeoutMs: 100 })).toEqualTypeOf<Promise<string>>()
  expectTypeOf(c.call.add(2, { timeoutMs: 3 })).toEqualTypeOf<Promise<number | 'negative'>>()
  expectTypeOf(c.call.job('x')).toEqualTypeOf<Promise<{ id: string }>>()
  expectTypeOf(c.call.slow(1)).toEqualTypeOf<Promise<boolean>>()
  expectTypeOf(c.call.watch('x')).toEqualTypeOf<Promise<Err<'too_many'> | Ok<string>>>()
  expectTypeOf(c.cast.inc(1)).toEqualTypeOf<void>()
  c.cast.inc()
  const none = await NoArgs.startLink()
  await NoArgs.startLink(undefined, { name: 'y' })
  none.cast.a()
  // @ts-expect-error wrong argument
  void c.call.add('2')
  // @ts-expect-error missing argument
  void c.call.add()
  // @ts-expect-error unknown call
  void c.call.nothing
  // @ts-expect-error a call is no cast
  void c.cast.get
  // @ts-expect-error no calls at all
  void none.call.get
  // @ts-expect-error wrong start argument
  void Counter.startLink('3')
  // @ts-expect-error wrong state shape
  defineServer({ name: 'bad', init: () => ({ n: 1 }), calls: { get: (s) => reply(1, { m: s.n }) } })
  // @ts-expect-error a cast cannot reply
  defineServer({ name: 'bad', init: () => ({ n: 1 }), casts: { get: (s) => reply(1, s) } })
  // @ts-expect-error a wrong info state
  defineServer({ name: 'bad', init: () => ({ n: 1 }), info: { DOWN: () => noreply({ m: 1 }) } })
  expectTypeOf(Counter.handlers.calls.add).toBeFunction()
}
