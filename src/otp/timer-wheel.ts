import type { Clock, Timer } from '../kernel/index.ts'

const TICK_MS = 16
const SLOTS = 512

/**
 * Something that becomes due. Entries are linked into their slot, so that
 * starting and stopping one allocates nothing and costs no timer of Node's.
 */
export abstract class WheelEntry {
  dueMs = 0
  slot = -1
  previous: WheelEntry | undefined
  next: WheelEntry | undefined

  /** Runs at most once per `add`, never before `dueMs`. */
  abstract fire(): void
}

/** An entry that calls a function. */
export class Deadline extends WheelEntry {
  private readonly run: () => void

  constructor(run: () => void) {
    super()
    this.run = run
  }

  fire(): void {
    this.run()
  }
}

/**
 * All timers of a runtime behind one timer of the clock.
 *
 * That one timer is armed for the earliest entry, exactly: under a virtual
 * clock an entry fires at its very millisecond.
 */
export class TimerWheel {
  size = 0
  private readonly clock: Clock
  private readonly background: boolean
  private readonly slots = new Array<WheelEntry | undefined>(SLOTS).fill(undefined)
  private timer: Timer | undefined
  private sweptTick = 0
  private armedMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock, background: boolean) {
    this.clock = clock
    this.background = background
  }

  /** Starts `entry`, due `delayMs` from now: from 0 up, finite. */
  add(entry: WheelEntry, delayMs: number): void {
    const dueMs = this.clock.monotonicMs() + delayMs
    const slot = tickOf(dueMs) % SLOTS
    const head = this.slots[slot]
    entry.dueMs = dueMs
    entry.slot = slot
    entry.next = head
    if (head) head.previous = entry
    this.slots[slot] = entry
    this.size++
    if (dueMs < this.armedMs) this.arm(dueMs)
  }

  /** Stops `entry`; says whether it was still waiting. */
  remove(entry: WheelEntry): boolean {
    if (entry.slot < 0) return false
    if (entry.previous) entry.previous.next = entry.next
    else this.slots[entry.slot] = entry.next
    if (entry.next) entry.next.previous = entry.previous
    entry.previous = entry.next = undefined
    entry.slot = -1
    this.size--
    return true
  }

  /** Milliseconds until `entry` is due; undefined when it does not wait. */
  remainingMs(entry: WheelEntry): number | undefined {
    return entry.slot < 0 ? undefined : Math.max(0, entry.dueMs - this.clock.monotonicMs())
  }

  /** Lets go of the clock's timer when nothing waits: called once per turn, not per entry. */
  rest(): void {
    if (this.size > 0 || this.timer === undefined) return
    this.timer.cancel()
    this.timer = undefined
    this.armedMs = Number.POSITIVE_INFINITY
  }

  private arm(dueMs: number): void {
    this.timer?.cancel()
    this.armedMs = dueMs
    const delayMs = dueMs - this.clock.monotonicMs()
    this.timer = this.clock.after(delayMs, () => this.expire(), { background: this.background })
  }

  private expire(): void {
    this.timer = undefined
    this.armedMs = Number.POSITIVE_INFINITY
    // An entry may be stopped, or started anew, by one that fires before it.
    const nowMs = this.clock.monotonicMs()
    for (const entry of this.takeDue(nowMs)) {
      if (entry.dueMs <= nowMs && this.remove(entry)) entry.fire()
    }
    const earliestMs = this.earliestMs(nowMs)
    if (earliestMs < this.armedMs) this.arm(earliestMs)
  }

  /** Looks only at the ticks that passed since the last look, at most once round. */
  private takeDue(nowMs: number): readonly WheelEntry[] {
    const nowTick = tickOf(nowMs)
    const due: WheelEntry[] = []
    for (let tick = Math.max(this.sweptTick, nowTick - SLOTS + 1); tick <= nowTick; tick++) {
      const here = this.entriesAt(tick).filter((entry) => entry.dueMs <= nowMs)
      due.push(...here.reverse())
    }
    this.sweptTick = nowTick
    return due.sort((a, b) => a.dueMs - b.dueMs)
  }

  /** The first tick ahead that holds an entry of this round decides; else the least of all. */
  private earliestMs(nowMs: number): number {
    if (this.size === 0) return Number.POSITIVE_INFINITY
    let leastMs = Number.POSITIVE_INFINITY
    const nowTick = tickOf(nowMs)
    for (let tick = nowTick; tick < nowTick + SLOTS; tick++) {
      for (const { dueMs } of this.entriesAt(tick)) leastMs = Math.min(leastMs, dueMs)
      if (leastMs < (tick + 1) * TICK_MS) break
    }
    return leastMs
  }

  private entriesAt(tick: number): WheelEntry[] {
    const found: WheelEntry[] = []
    for (let entry = this.slots[tick % SLOTS]; entry; entry = entry.next) found.push(entry)
    return found
  }
}

const tickOf = (ms: number): number => Math.floor(ms / TICK_MS)
