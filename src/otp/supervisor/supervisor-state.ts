import type { Context } from '../context.ts'
import { type ExitReason, isClean } from '../exit.ts'
import type { Pid } from '../pid.ts'
import { Child } from './child.ts'
import { ChildKeeper, type Retry, type Verdict } from './child-keeper.ts'
import type { ChildSpec } from './child-spec.ts'
import type { RestartLimits } from './restart-window.ts'

/** Who is restarted when a child ends: it alone, everybody, it and those started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

/** Whether the end of significant children ends the supervisor. */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant'

/** What a supervisor is made of. */
export interface SupervisorOptions extends RestartLimits {
  readonly strategy: Strategy
  /** `never` by default. */
  readonly autoShutdown?: AutoShutdown | undefined
  /** In start order; stopped in reverse. */
  readonly children: readonly ChildSpec[]
}

/** The children of one supervisor, in start order, and what happens to them. */
export class SupervisorState {
  children: readonly Child[]
  autoShutdown: AutoShutdown
  readonly keeper: ChildKeeper
  private strategy: Strategy

  constructor(options: SupervisorOptions, ctx: Context) {
    this.strategy = options.strategy
    this.autoShutdown = options.autoShutdown ?? 'never'
    this.children = options.children.map((spec) => new Child(spec))
    this.keeper = new ChildKeeper(ctx, options)
  }

  /** Takes new options over without touching a child: known ids get their new specs, new ones wait to be started. */
  reconfigure({ strategy, autoShutdown = 'never', children, ...limits }: SupervisorOptions): this {
    const renewed = children.map((spec) => this.byId(spec.id)?.renewed(spec) ?? new Child(spec))
    this.children = [...renewed, ...this.children.filter((child) => !renewed.includes(child))]
    this.strategy = strategy
    this.autoShutdown = autoShutdown
    this.keeper.limit(limits)
    return this
  }

  byId(id: string): Child | undefined {
    return this.children.find((child) => child.spec.id === id)
  }

  byPid(pid: Pid): Child | undefined {
    return this.children.find((child) => child.pid === pid)
  }

  forget(child: Child): void {
    this.children = this.children.filter((other) => other !== child)
  }

  /** Starts `group` in order; gives the child that failed and why. */
  async startAll(
    group: readonly Child[],
    restartFor?: ExitReason,
  ): Promise<{ readonly child: Child; readonly reason: ExitReason } | undefined> {
    for (const child of group) {
      const outcome = await this.keeper.start(child, restartFor)
      if (outcome.status === 'failed') return { child, reason: outcome.reason }
      if (outcome.status === 'ignored' && child.spec.restart === 'temporary') this.forget(child)
    }
    return undefined
  }

  /** Stops `group` one after the other, last first; temporary children are forgotten. */
  async stopAll(group: readonly Child[]): Promise<void> {
    for (const child of group.toReversed()) {
      await this.keeper.stop(child)
      if (child.spec.restart === 'temporary') this.forget(child)
    }
  }

  /** Decides about a child that ended by itself. */
  async ended(child: Child, reason: ExitReason): Promise<Verdict> {
    const { restart } = child.spec
    const clean = isClean(reason)
    child.stopped('stopped')
    if (restart === 'permanent' || !clean) this.keeper.report(child, 'child_terminated', reason)
    if (restart === 'permanent' || (restart === 'transient' && !clean)) return this.restart(child, reason)
    if (restart === 'temporary') this.forget(child)
    return this.isOver(child) ? 'shut_down' : 'go_on'
  }

  /** Tries again what failed or was put off, unless somebody else has settled it meanwhile. */
  async retry({ child, reason, counted }: Retry): Promise<Verdict> {
    if (child.status !== 'restarting' || !this.children.includes(child)) return 'go_on'
    return counted ? this.restartGroup(child, reason) : this.restart(child, reason)
  }

  private async restart(child: Child, reason: ExitReason): Promise<Verdict> {
    return this.keeper.restart(child, reason, () => this.restartGroup(child, reason))
  }

  private async restartGroup(child: Child, reason: ExitReason): Promise<Verdict> {
    await this.stopAll(this.concerned(child).filter((other) => other !== child))
    const failed = await this.startAll(this.concerned(child), reason)
    if (failed) this.keeper.retryLater(failed.child, reason)
    return 'go_on'
  }

  private concerned(child: Child): readonly Child[] {
    if (this.strategy === 'one_for_one') return [child]
    return this.strategy === 'one_for_all' ? this.children : this.children.slice(this.children.indexOf(child))
  }

  private isOver({ spec }: Child): boolean {
    if (!spec.significant || this.autoShutdown === 'never') return false
    if (this.autoShutdown === 'any_significant') return true
    return !this.children.some((child) => child.spec.significant && child.status !== 'stopped')
  }
}
