import { createRuntime, defineServer, noreply, reply } from '../../src/otp/index.ts'
import { awaiting } from './rival.ts'

const Counter = defineServer({
  name: 'counter',
  init: (count: number) => ({ count }),
  calls: { get: (s) => reply(s.count, s) },
  casts: { inc: (s, by: number) => noreply({ count: s.count + by }) },
})

const runtime = createRuntime()

/** Ours: a GenServer. Each call has a deadline of five seconds and watches the server. */
export const quorate = awaiting({
  name: 'quorate/otp',
  start: () => Counter.start(0, { runtime }),
  call: (counter) => counter.call.get(),
  cast: (counter) => counter.cast.inc(1),
  stop: (counter) => counter.stop(),
})
