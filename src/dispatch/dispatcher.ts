import { randomInt } from 'node:crypto'
import { Problem, type Result } from '../kernel/index.ts'
import {
  type ChildOptions,
  type ChildSpec,
  type Pid,
  type RefOf,
  type Runtime,
  type StartOptions,
  Supervisor,
  type SupervisorRef,
  stableHash,
} from '../otp/index.ts'
import type { Batch, DeadBatch, Ticket } from './batch.ts'
import type { Counts } from './batch-index.ts'
import { Coordinator } from './coordinator.server.ts'
import type { NoBatch, TakeRequest } from './desk.ts'
import { dispatcherTree, namesOf, type Workers } from './dispatcher.supervisor.ts'
import type { Refusal, Setback } from './ledger.ts'
import { type MailboxHealth, MailboxMonitor } from './mailbox-monitor.server.ts'
import { checkPause, type DispatcherOptions, invalid } from './options.ts'

/** Batches that one coordinator did not let in. */
export interface Refused<P> {
  readonly reason: Refusal
  readonly message: string
  readonly batches: readonly Batch<P>[]
}

/** What became of many batches at once. */
export interface Admission<P> {
  readonly accepted: number
  /** Hand these in again later. */
  readonly refused: readonly Refused<P>[]
}

/** Whose batch to take. */
export interface TakeOptions {
  /** Which coordinator's, see `coordinatorOf`; without it, the first that has one. */
  readonly coordinator?: number | undefined
  /** How long to wait for one; needs to know the coordinator when there are several. */
  readonly waitMs?: number | undefined
}

type CoordinatorRef = RefOf<typeof Coordinator>

/**
 * A dispatcher in use. Every call fails with `CallError` while the coordinator is
 * down; then ask again: what was accepted is still there.
 */
export class Dispatcher<P> {
  readonly name: string
  private readonly coordinators: readonly CoordinatorRef[]
  private readonly runtime: Runtime | undefined
  private turn = 0

  constructor(name: string, count: number, runtime: Runtime | undefined) {
    this.name = name
    this.runtime = runtime
    this.coordinators = Array.from({ length: count }, (_, index) =>
      Coordinator.at(namesOf.coordinator(name, index), runtime),
    )
  }

  /** The coordinator of a key: the same for equal keys, for ever and everywhere. */
  coordinatorOf(key: string): number {
    return stableHash(key) % this.coordinators.length
  }

  /** Hands a batch in, unless there is no room (`queue_full`, `backpressure`) or it is there already. */
  async enqueue(batch: Batch<P>): Promise<Result<void, Refusal>> {
    checkBatch(batch)
    return this.of(batch).call.enqueue([batch])
  }

  /** Hands many in. Each coordinator lets its share in, or nothing of it. */
  async enqueueMany(batches: readonly Batch<P>[]): Promise<Admission<P>> {
    const shares = this.coordinators.map((): Batch<P>[] => [])
    for (const batch of batches) checkBatch(batch)
    for (const batch of batches) shares[this.coordinatorOf(batch.key ?? batch.id)]?.push(batch)
    const refused = await Promise.all(
      this.coordinators.map(async (coordinator, index): Promise<readonly Refused<P>[]> => {
        const share = shares[index] ?? []
        if (share.length === 0) return []
        const admitted = await coordinator.call.enqueue(share)
        if (admitted.ok) return []
        return [{ reason: admitted.reason, message: admitted.message ?? admitted.reason, batches: share }]
      }),
    )
    const left = refused.flat().reduce((sum, share) => sum + share.batches.length, 0)
    return { accepted: batches.length - left, refused: refused.flat() }
  }

  /** Takes a batch into the hands of `holder`, a process: when it ends, the batch goes back. */
  async take(holder: Pid, options: TakeOptions = {}): Promise<Result<Ticket<P>, NoBatch>> {
    const { coordinator = this.coordinators.length === 1 ? 0 : undefined, waitMs } = options
    if (coordinator !== undefined) return this.takeFrom(coordinator, { holder, waitMs })
    if (waitMs) throw invalid('coordinator', 'nobody can wait at several coordinators at once')
    const reasons: Result<Ticket<P>, NoBatch>[] = []
    const first = this.turn++
    for (let step = 0; step < this.coordinators.length; step++) {
      const taken = await this.takeFrom((first + step) % this.coordinators.length, { holder })
      if (taken.ok) return taken
      reasons.push(taken)
    }
    return (
      reasons.find((taken) => !taken.ok && taken.reason === 'backpressure') ??
      (reasons[0] as Result<never, NoBatch>)
    )
  }

  /** Hands a batch in as done: from now on it is nobody's. `not_held` when it was somebody else's. */
  complete({ id, claim, coordinator }: Ticket<P>): Promise<Result<void, 'not_held'>> {
    return this.at(coordinator).call.complete({ id, claim })
  }

  /**
   * Gives a batch back that could not be done: after a pause it is tried again, or
   * it is dead when its tries are used up. With `retryInMs` the try does not count.
   */
  async fail(
    { id, claim, coordinator }: Ticket<P>,
    failure: unknown,
    options: { readonly retryInMs?: number | undefined } = {},
  ): Promise<Result<Setback['state'], 'not_held'>> {
    if (options.retryInMs !== undefined) checkPause('retryInMs', options.retryInMs)
    return this.at(coordinator).call.fail({ id, claim, failure, ...options })
  }

  /** How many batches are where, in all coordinators together. */
  async counts(): Promise<Counts> {
    const all = await Promise.all(this.coordinators.map(({ call }) => call.counts()))
    const sum = (field: keyof Counts): number => all.reduce((total, counts) => total + counts[field], 0)
    return { queued: sum('queued'), delayed: sum('delayed'), taken: sum('taken'), dead: sum('dead') }
  }

  /** Lets nothing in any more and waits until everything is done or dead. */
  async drain(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    const { timeoutMs = Number.POSITIVE_INFINITY } = options
    await Promise.all(this.coordinators.map(({ call }) => call.drain(undefined, { timeoutMs })))
  }

  /** Batches whose tries are used up; they take room until they are revived or discarded. */
  async deadBatches(): Promise<readonly DeadBatch<P>[]> {
    const all = await Promise.all(this.coordinators.map(({ call }) => call.deadBatches()))
    return all.flat() as readonly DeadBatch<P>[]
  }

  /** Gives a dead batch all its tries again. */
  revive(batch: Pick<Batch<P>, 'id' | 'key'>): Promise<Result<void, 'not_dead'>> {
    return this.of(batch).call.revive(batch.id)
  }

  /** Forgets a dead batch. */
  discard(batch: Pick<Batch<P>, 'id' | 'key'>): Promise<Result<void, 'not_dead'>> {
    return this.of(batch).call.discard(batch.id)
  }

  /** How long the coordinators' mailboxes are now. */
  mailboxes(): Promise<readonly MailboxHealth[]> {
    return MailboxMonitor.at(namesOf.monitor(this.name), this.runtime).call.health()
  }

  /** The call waits for ever: the coordinator keeps the time, or a late answer would be a lost batch. */
  private async takeFrom(index: number, request: TakeRequest): Promise<Result<Ticket<P>, NoBatch>> {
    const taken = await this.at(index).call.take(request, { timeoutMs: Number.POSITIVE_INFINITY })
    return taken as Result<Ticket<P>, NoBatch>
  }

  private of({ id, key = id }: Pick<Batch<P>, 'id' | 'key'>): CoordinatorRef {
    return this.at(this.coordinatorOf(key))
  }

  private at(index: number): CoordinatorRef {
    const coordinator = this.coordinators[index]
    if (coordinator) return coordinator
    throw new Problem('no_coordinator', `${this.name} has no coordinator ${index}`, {
      field: 'coordinator',
      wayOut: `use 0 to ${this.coordinators.length - 1}, or coordinatorOf(key)`,
    })
  }
}

/** A dispatcher as it is written down. */
export interface DispatcherDefinition<P> {
  readonly name: string
  /** Its tree, as a child of yours. */
  child(options?: ChildOptions): ChildSpec
  /** Its tree, linked to the calling process. */
  startLink(start?: StartOptions): Promise<SupervisorRef>
  /** How it is used, wherever it runs and however often it restarts. */
  at(runtime?: Runtime): Dispatcher<P>
}

/**
 * Defines a dispatcher for batches with payload `P`. With `workers` it does the
 * batches itself; without, others take them. Throws `invalid_option`.
 */
export function defineDispatcher<P>(
  options: DispatcherOptions & { readonly workers?: Workers<P> | undefined },
): DispatcherDefinition<P> {
  const { name, coordinators = 1, workers, ...limits } = options
  const tree = dispatcherTree({ name, coordinators, ...limits }, workers, chance)
  return {
    name,
    child: (child = {}) => Supervisor.child({ ...tree, id: name, ...child }),
    startLink: (start) => Supervisor.startLink(tree, start),
    at: (runtime) => new Dispatcher(name, coordinators, runtime),
  }
}

/** What would bring a coordinator down must not get that far. */
function checkBatch({ id, key }: Batch): void {
  if (typeof id !== 'string') throw invalid('id', `the id of a batch is a text, not ${typeof id}`)
  if (key !== undefined && typeof key !== 'string')
    throw invalid('key', `the key of a batch is a text, not ${typeof key}`)
}

function chance(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
