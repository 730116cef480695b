import { Deferred, Effect, Exit, Fiber, Queue } from 'effect'
import type { Rival } from './rival.ts'

interface Message {
  readonly by: number
  readonly answer?: Deferred.Deferred<number>
}

interface Counter {
  readonly queue: Queue.Queue<Message>
  readonly fiber: Fiber.Fiber<unknown>
}

function start(): Counter {
  const queue = Effect.runSync(Queue.unbounded<Message>())
  let count = 0
  const handle = ({ by, answer }: Message) =>
    Effect.sync(() => {
      count += by
      if (answer) Deferred.doneUnsafe(answer, Exit.succeed(count))
    })
  // Its scheduler pauses by itself every so many operations: it need not do so after each.
  const serve = Effect.forever(Effect.flatMap(Queue.take(queue), handle), { disableYield: true })
  return { queue, fiber: Effect.runFork(serve) }
}

const ask = ({ queue }: Counter): Effect.Effect<number> =>
  Effect.suspend(() => {
    const answer = Deferred.makeUnsafe<number>()
    Queue.offerUnsafe(queue, { by: 0, answer })
    return Deferred.await(answer)
  })

/** effect 4: a fiber that serves a queue; whoever calls again and again is a fiber, too. */
export const effect: Rival<Counter> = {
  name: 'effect 4',
  note: 'no deadline',
  start,
  call: (counter) => Effect.runPromise(ask(counter)),
  cast: ({ queue }) => void Queue.offerUnsafe(queue, { by: 1 }),
  callWhile: (counter, more) =>
    Effect.runPromise(Effect.whileLoop({ while: more, body: () => ask(counter), step: () => {} })),
  stop: ({ fiber }) => Effect.runPromise(Fiber.interrupt(fiber)),
}
