import { createActor, fromTransition } from 'xstate'
import { awaiting } from './rival.ts'

type Message =
  | { readonly type: 'inc'; readonly by: number }
  | { readonly type: 'get'; readonly answer: (count: number) => void }

const counter = fromTransition(
  (state: { readonly count: number }, message: Message) => {
    if (message.type === 'inc') return { count: state.count + message.by }
    // It is also told, with a message of the library's own, that it was stopped.
    if (message.type === 'get') message.answer(state.count)
    return state
  },
  { count: 0 },
)

/** xstate 5: a message carries the way back, as there are no calls. */
export const xstate = awaiting({
  name: 'xstate 5',
  note: 'no deadline; `send` runs the receiver at once, on the stack of the sender',
  start: () => createActor(counter).start(),
  call: (actor) => new Promise<number>((answer) => actor.send({ type: 'get', answer })),
  cast: (actor) => actor.send({ type: 'inc', by: 1 }),
  stop: (actor) => void actor.stop(),
})
