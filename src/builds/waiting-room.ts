import type { Worker } from './worker.ts'

/** What a claim needs to know of a worker. */
export type WaitingWorker = Pick<Worker, 'id' | 'platforms' | 'leaseMs'>

/** A poll that waits for a build. `P` is what its owner keeps with it. */
export interface Waiter<P> {
  /** Tells this poll from a later one of the same worker. */
  readonly ticket: string
  readonly worker: WaitingWorker
  readonly poll: P
}

/**
 * Polls in the order they came, one per worker: a worker that polls again has
 * given up its earlier poll. A poll is hungry while there may be a build for
 * it. Kept in place, since thousands may wait and a message touches few.
 */
export interface WaitingRoom<P> {
  readonly size: number
  readonly anyHungry: boolean
  /** Seats a poll, hungry; returns the poll of the same worker it replaces. */
  enter(waiter: Waiter<P>): Waiter<P> | undefined
  /** Takes a poll out; undefined when it is no longer here. */
  leave(workerId: string, ticket: string): Waiter<P> | undefined
  /** Makes those hungry who take builds of this platform; everybody without one. */
  wake(platform?: string): void
  /** There was no build for it. */
  calm(waiter: Waiter<P>): void
  /** The longest hungry poll and those with the same wishes. */
  nextBatch(max: number): readonly Waiter<P>[]
}

/** An empty room. */
export function waitingRoom<P>(): WaitingRoom<P> {
  const waiters = new Map<string, Waiter<P>>()
  const hungry = new Map<string, Waiter<P>>()
  const remove = (workerId: string): void => {
    waiters.delete(workerId)
    hungry.delete(workerId)
  }

  return {
    get size() {
      return waiters.size
    },
    get anyHungry() {
      return hungry.size > 0
    },
    enter(waiter) {
      const { id } = waiter.worker
      const replaced = waiters.get(id)
      remove(id)
      waiters.set(id, waiter)
      hungry.set(id, waiter)
      return replaced
    },
    leave(workerId, ticket) {
      const waiter = waiters.get(workerId)
      if (waiter?.ticket !== ticket) return undefined
      remove(workerId)
      return waiter
    },
    wake(platform) {
      for (const [id, waiter] of waiters) {
        if (platform === undefined || takes(waiter.worker, platform)) hungry.set(id, waiter)
      }
    },
    calm({ worker }) {
      hungry.delete(worker.id)
    },
    nextBatch(max) {
      const [first] = hungry.values()
      const wishes = first && wishesOf(first)
      return [...hungry.values()].filter((waiter) => wishesOf(waiter) === wishes).slice(0, max)
    },
  }
}

const takes = ({ platforms }: WaitingWorker, platform: string): boolean =>
  platforms.length === 0 || platforms.includes(platform)

const wishesOf = <P>({ worker }: Waiter<P>): string => worker.platforms.toSorted().join()
