import { defineServer } from '../server/define-server.ts'
import { noreply, reply, stop } from '../server/results.ts'
import { isThenable } from '../server/server-life.ts'

type Work = (state: unknown) => unknown

/** Runs the functions it is sent on its state, one after the other. */
export const AgentServer = defineServer({
  name: 'agent',
  init: (make: () => unknown) => make(),
  calls: {
    get: (state, read: Work) => whenDone(read(state), (value) => reply(value, state)),
    update: (state, change: Work) => whenDone(change(state), (changed) => reply(undefined, changed)),
    getAndUpdate: (state, change: Work) =>
      whenDone(change(state), (made) => {
        if (isPair(made)) return reply(made[0], made[1])
        return stop({ bad_return_value: made }, state)
      }),
  },
  casts: {
    update: (state, change: Work) => whenDone(change(state), (changed) => noreply(changed)),
  },
})

/** Plain results stay plain: a promise would cost every update its speed. */
function whenDone<R>(value: unknown, then: (value: unknown) => R): R | Promise<R> {
  return isThenable(value) ? Promise.resolve(value).then(then) : then(value)
}

function isPair(made: unknown): made is readonly [unknown, unknown] {
  return Array.isArray(made) && made.length === 2
}
