/**
 * Servers for tests of threads. They lie outside of the tests, because a thread
 * imports this module by itself, without the test framework around it.
 */
import {
  after,
  type Context,
  type Down,
  defineServer,
  type Exit,
  failInit,
  GenServer,
  ignore,
  later,
  noreply,
  type Pid,
  refuse,
  reply,
  replyTo,
  stop,
} from '../../src/otp/index.ts'

interface Begin {
  readonly count?: number
  readonly trap?: boolean
  readonly how?: 'ignore' | 'fail' | 'throw' | 'hang'
  /** Told what happens to the server. */
  readonly tell?: Pid | string
}

/** Spins until the thread is stopped from outside. */
function spin(): never {
  for (;;) Math.sqrt(2)
}

export const Threaded = defineServer({
  name: 'threaded',
  init: async ({ count = 0, trap = false, how, tell }: Begin, ctx: Context) => {
    ctx.trapExit(trap)
    if (how === 'ignore') return ignore()
    if (how === 'fail') return failInit({ no: 'luck' })
    if (how === 'throw') throw new RangeError('out of luck')
    if (how === 'hang') spin()
    return { count, tell, kept: [] as Buffer[] }
  },
  calls: {
    add: (s, n: number) => reply(s.count + n, { ...s, count: s.count + n }),
    slow: async (s, n: number) => reply(await Promise.resolve(n), s),
    echo: (s, value: unknown) => reply(value, s),
    opaque: (s) => reply({ list: [{ run: () => 1 }] }, s),
    silent: (s) => later<never>()(s),
    late: (s, value: string, ctx) => {
      const { from } = ctx
      queueMicrotask(() => replyTo(from, value))
      return later<string>()(s)
    },
    who: (s, _none, ctx) => reply({ self: ctx.self, caller: ctx.from.caller, name: ctx.name }, s),
    time: (s, _none, ctx) => reply({ nowMs: ctx.nowMs, aborted: ctx.signal.aborted }, s),
    bye: (s) => stop('normal', s, 'bye'),
    ask: async (s, to: string | Pid) => reply((await GenServer.call(to, 'add', 1)) as number, s),
    linked: (s, to: Pid, ctx) => {
      ctx.link(to)
      return reply('linked', s)
    },
  },
  casts: {
    inc: (s, by: number) => noreply({ ...s, count: s.count + by }),
    boom: (_s, message: string) => {
      throw new TypeError(message)
    },
    wild: (s) => {
      queueMicrotask(() => {
        throw new Error('nobody caught this')
      })
      return noreply(s)
    },
    leave: (s, code: number) => {
      process.exit(code)
      return noreply(s)
    },
    spin: (s) => noreply(spin() ?? s),
    hoard: (s) => {
      const kept: number[][] = []
      while (kept.length < Number.POSITIVE_INFINITY) kept.push(new Array<number>(100_000).fill(kept.length))
      return noreply(s)
    },
    buffer: (s, bytes: number) => noreply({ ...s, kept: [...s.kept, Buffer.alloc(bytes, 1)] }),
    send: (s, { to, message }: { readonly to: Pid | string; readonly message: unknown }, ctx) => {
      ctx.send(to, message)
      return noreply(s)
    },
    watch: (s, to: Pid | string, ctx) => {
      ctx.monitor(to)
      return noreply(s)
    },
    kill: (s, to: Pid, ctx) => {
      ctx.exit(to, 'kill')
      return noreply(s)
    },
    tick: (s) => noreply(s, after(1, 'tick')),
  },
  info: {
    DOWN: (s, down: Down, ctx) => {
      if (s.tell !== undefined) ctx.send(s.tell, { down: down.reason, pid: down.pid })
      return noreply(s)
    },
    EXIT: (s, { from, reason }: Exit, ctx) => {
      if (s.tell !== undefined) ctx.send(s.tell, { exit: reason, from })
      return noreply(s)
    },
    note: (s, note: { readonly type: 'note'; readonly text: string }, ctx) => {
      if (s.tell !== undefined) ctx.send(s.tell, note.text)
      return noreply(s)
    },
    tick: (s, _tick, ctx) => {
      if (s.tell !== undefined) ctx.send(s.tell, 'ticked')
      return noreply(s)
    },
  },
  terminate: (reason, s, ctx) => {
    if (s.tell !== undefined) ctx.send(s.tell, { terminated: reason })
  },
})

/** Keeps its count over crashes; a negative one it does not want back. */
export const Survivor = defineServer({
  name: 'survivor',
  init: (count: number) => ({ count, restored: -1 }),
  restore: (saved, { restored }) => (saved.count < 0 ? refuse() : { ...saved, restored }),
  calls: {
    get: (s) => reply(s, s),
    set: (s, count: number) => reply('set', { ...s, count }),
  },
  casts: {
    boom: () => {
      throw new Error('boom')
    },
  },
})

/** Lets only two messages wait. */
export const Narrow = defineServer({
  name: 'narrow',
  init: (_none: undefined) => 0,
  mailbox: { max: 2, policy: 'reject' },
  calls: { get: (s) => reply(s, s) },
  casts: { inc: (s) => noreply(s + 1) },
})
