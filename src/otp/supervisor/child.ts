import type { Pid } from '../pid.ts'
import type { Backoff, ChildSpec } from './child-spec.ts'
import { Estate } from './estate.ts'

/** One child of a supervisor, alive or not. */
export class Child {
  spec: ChildSpec
  pid: Pid | undefined
  status: 'running' | 'restarting' | 'stopped' = 'stopped'
  /** Starts after the first one. */
  restarts = 0
  startedAtMs = 0
  /** Restarts since it last lived long enough to count as stable. */
  private unstable = 0
  private started = 0
  /** Its last start worked, and no pause was asked for since. */
  private ran = false
  /** What a crash leaves to the next life. */
  readonly estate = new Estate()

  constructor(spec: ChildSpec) {
    this.spec = spec
  }

  /** The same child, to be started by another spec from now on. */
  renewed(spec: ChildSpec): this {
    this.spec = spec
    return this
  }

  running(pid: Pid, nowMs: number): void {
    this.pid = pid
    this.status = 'running'
    this.startedAtMs = nowMs
    this.ran = true
    if (this.started++ > 0) this.restarts++
  }

  stopped(status: 'restarting' | 'stopped'): void {
    this.pid = undefined
    this.status = status
  }

  /** The pause before the next restart: doubled each time, with jitter, up to the limit. */
  backoffMs(backoff: Backoff, nowMs: number, random: () => number): number {
    const { initialMs, maxMs, stableMs = 60_000 } = backoff
    // A start that failed is no life, however long ago the last one began.
    if (this.ran && nowMs - this.startedAtMs >= stableMs) this.unstable = 0
    this.ran = false
    const fullMs = Math.min(maxMs, initialMs * 2 ** this.unstable++)
    return fullMs * (0.5 + random() / 2)
  }
}

/** A child as `whichChildren` shows it. */
export interface ChildInfo {
  readonly id: string
  readonly pid: Pid | 'restarting' | undefined
  readonly type: 'worker' | 'supervisor'
}

/** Sums over the children of a supervisor. */
export interface ChildCounts {
  /** Known specs, running or not. */
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

export function childInfo({ spec, pid, status }: Child): ChildInfo {
  return { id: spec.id, pid: status === 'restarting' ? 'restarting' : pid, type: spec.type }
}

export function countChildren(children: readonly Child[]): ChildCounts {
  const supervisors = children.filter(({ spec }) => spec.type === 'supervisor').length
  return {
    specs: children.length,
    active: children.filter(({ status }) => status === 'running').length,
    supervisors,
    workers: children.length - supervisors,
  }
}
