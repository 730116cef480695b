import type { Clock } from '../kernel/index.ts'
import { Ring } from './ring.ts'

/** Longest stretch of microtask work before timers and sockets get their turn. */
const TURN_MS = 2
/** The clock is asked once per so many messages (a power of two). */
const CLOCK_EVERY = 16
/** Its reactions are microtasks at a quarter of the price of `queueMicrotask`: 30 ns, not 120. */
const SETTLED = Promise.resolve()

/** What the scheduler runs: a process with something to do. */
export interface Runnable {
  /** Works off a bounded slice; true when more is waiting. */
  runSlice(): boolean
}

/** What a scheduler tells the runtime it works for. */
export interface SchedulerHooks {
  turnEnded(): void
  /** Whoever set the scheduler going, between slices nobody runs. */
  nobodyRuns(): void
  /** Whether somebody wants to know how long slices take. */
  watchesSlices(): boolean
  sliceRan(process: Runnable, tookMs: number): void
}

/**
 * Runs processes fairly on one thread.
 *
 * Ready processes are worked off in microtasks, a slice each, in turn. After 2 ms
 * without a pause the work goes on in `setImmediate`, so that timers, sockets and
 * signals are never starved, also not by a caller that awaits call after call.
 * A handler that does not return blocks everybody: there is no preemption.
 */
export class Scheduler {
  private readonly clock: Clock
  private readonly hooks: SchedulerHooks
  private readonly ready = new Ring<Runnable>()
  private readonly pump = (): void => this.runOrThrow()
  private readonly endTurn = (): void => this.startNextTurn()
  private turnStartMs: number | undefined
  private spent = false
  private pumping = false
  private handled = 0

  constructor(clock: Clock, hooks: SchedulerHooks) {
    this.clock = clock
    this.hooks = hooks
  }

  /** How many processes wait for their slice. */
  get waiting(): number {
    return this.ready.length
  }

  schedule(process: Runnable): void {
    this.ready.push(process)
    if (!this.pumping && !this.spent) this.kick()
  }

  /** Counts one message; true when the turn is over and the caller must pause. */
  spend(): boolean {
    if ((++this.handled & (CLOCK_EVERY - 1)) === 0 && this.turnStartMs !== undefined) {
      this.spent ||= this.clock.monotonicMs() - this.turnStartMs >= TURN_MS
    }
    return this.spent
  }

  private kick(): void {
    this.pumping = true
    void SETTLED.then(this.pump)
  }

  /** A bug leaves as an uncaught exception, not as the rejection of a promise that nobody has. */
  private runOrThrow(): void {
    try {
      this.runReady()
    } catch (bug) {
      queueMicrotask(() => {
        throw bug
      })
    }
  }

  private runReady(): void {
    this.hooks.nobodyRuns()
    this.beginTurn()
    try {
      while (!this.spent) {
        const process = this.ready.shift()
        if (process === undefined) break
        if (this.run(process)) this.ready.push(process)
      }
    } finally {
      this.pumping = false
      // Only after a throw, which Node reports: the other processes go on.
      if (this.ready.length > 0 && !this.spent) this.kick()
    }
  }

  private run(process: Runnable): boolean {
    if (!this.hooks.watchesSlices()) return process.runSlice()
    const startMs = this.clock.monotonicMs()
    const more = process.runSlice()
    this.hooks.sliceRan(process, this.clock.monotonicMs() - startMs)
    return more
  }

  private beginTurn(): void {
    if (this.turnStartMs !== undefined) return
    this.turnStartMs = this.clock.monotonicMs()
    setImmediate(this.endTurn)
  }

  private startNextTurn(): void {
    this.turnStartMs = undefined
    this.spent = false
    this.hooks.turnEnded()
    if (this.ready.length === 0 || this.pumping) return
    this.pumping = true
    this.runReady()
  }
}
