import { dispatch, query, type Ref, spawn, start, stop } from 'nact'
import { awaiting } from './rival.ts'

type Message = { readonly by: number } | { readonly sender: Ref<number> }

/** With a thousand callers it now and then loses a query for good; a longer deadline does not help. */
const DEADLINE_MS = 5_000
const system = start()
let names = 0

function counter(count = 0, message: Message): number {
  if ('by' in message) return count + message.by
  dispatch(message.sender, count)
  return count
}

/** nact 7: Akka's actors. A query has a deadline, as ours has. */
export const nact = awaiting({
  name: 'nact 7',
  start: () => spawn(system, counter, `counter-${names++}`),
  call: (actor): Promise<number> => query(actor, (sender: Ref<number>) => ({ sender }), DEADLINE_MS),
  cast: (actor) => dispatch(actor, { by: 1 }),
  stop: (actor) => stop(actor),
})
