/** What runs in the threads of `thread.bench.ts`. */
import { defineServer, noreply, reply } from '../src/otp/index.ts'

export const Adder = defineServer({
  name: 'adder',
  /** @param {number} start */
  init: (start) => start,
  calls: { next: (s, /** @type {number} */ n) => reply(n + 1, s) },
  casts: { add: (s, /** @type {number} */ n) => noreply(s + n) },
})
