import { err, ok, type Result } from '../../kernel/index.ts'
import type { Context } from '../context.ts'
import { type ExitReason, isClean } from '../exit.ts'
import { ExitSignal, type Pid } from '../pid.ts'
import { Child, type ChildCounts, type ChildInfo, childInfo, countChildren } from './child.ts'
import { ChildKeeper, Retry, type Verdict } from './child-keeper.ts'
import { type ChildSpec, type StartOutcome, specProblem } from './child-spec.ts'
import type { RestartLimits } from './restart-window.ts'
import { type StartChildResult, startResult } from './start-child.ts'

/** What a dynamic supervisor is made of. */
export interface DynamicOptions extends RestartLimits {
  /** Most children at once, running or restarting; without a limit by default. */
  readonly maxChildren?: number | undefined
}

/** Hears of children. */
export interface ChildListener {
  /** The child of this spec is gone for good: ended and not restarted, or terminated. */
  readonly onGone?: ((spec: ChildSpec) => void) | undefined
}

/**
 * Children that a server of your own keeps, each restarted on its own: what a
 * `DynamicSupervisor` is inside. The server traps exits, hands every message it
 * does not know to `handle`, stops with `shutdown` when that says `shut_down`,
 * and calls `stopAll` in `terminate`.
 */
export class DynamicChildren {
  /** Running and restarting, in start order. */
  readonly children = new Set<Child>()
  private readonly keeper: ChildKeeper
  private readonly maxChildren: number
  private readonly onGone: (spec: ChildSpec) => void
  private readonly byPid = new Map<Pid, Child>()

  constructor(options: DynamicOptions & ChildListener, ctx: Context) {
    this.keeper = new ChildKeeper(ctx, options)
    this.maxChildren = options.maxChildren ?? Number.POSITIVE_INFINITY
    this.onGone = options.onGone ?? (() => {})
  }

  /** Starts a child and keeps it when it runs. */
  async start(spec: ChildSpec): Promise<StartChildResult> {
    const problem = specProblem(spec, false)
    if (problem) return { ...err('invalid_child_spec', problem.message), pid: undefined, cause: problem }
    if (this.children.size < this.maxChildren) return startResult(await this.run(new Child(spec)))
    const message = `${this.maxChildren} children run already`
    return { ...err('max_children', message), pid: undefined, cause: 'max_children' }
  }

  /** Stops a child for good. After a restart the old pid is not found. */
  async terminate(pid: Pid): Promise<Result<void, 'not_found'>> {
    const child = this.take(pid)
    if (!child) return err('not_found', `no child ${pid.id}`)
    this.children.delete(child)
    await this.keeper.stop(child)
    this.onGone(child.spec)
    return ok()
  }

  /** What a message means for the children: their exits, and restarts that wait. Others change nothing. */
  async handle(message: unknown): Promise<Verdict> {
    if (message instanceof Retry) return this.retry(message)
    const child = message instanceof ExitSignal ? this.take(message.from) : undefined
    return child ? this.ended(child, (message as ExitSignal).reason) : 'go_on'
  }

  /** Stops all at once, each with its own grace period. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.children].map((child) => this.keeper.stop(child)))
  }

  which(): readonly ChildInfo[] {
    return [...this.children].map(childInfo)
  }

  count(): ChildCounts {
    return countChildren([...this.children])
  }

  /** Starts a child for the first time or anew. */
  private async run(child: Child, restartFor?: ExitReason): Promise<StartOutcome> {
    const outcome = await this.keeper.start(child, restartFor)
    if (outcome.status !== 'started') return outcome
    this.children.add(child)
    this.byPid.set(outcome.pid, child)
    return outcome
  }

  /** Takes the child that runs as `pid`: from now on that pid is not known any more. */
  private take(pid: Pid): Child | undefined {
    const child = this.byPid.get(pid)
    this.byPid.delete(pid)
    return child
  }

  private async ended(child: Child, reason: ExitReason): Promise<Verdict> {
    const { restart } = child.spec
    const clean = isClean(reason)
    child.stopped('stopped')
    if (restart === 'permanent' || !clean) this.keeper.report(child, 'child_terminated', reason)
    if (restart === 'permanent' || (restart === 'transient' && !clean)) return this.restart(child, reason)
    return this.forget(child)
  }

  private async retry({ child, reason, counted }: Retry): Promise<Verdict> {
    if (!this.children.has(child)) return 'go_on'
    return counted ? this.runAgain(child, reason) : this.restart(child, reason)
  }

  private async restart(child: Child, reason: ExitReason): Promise<Verdict> {
    return this.keeper.restart(child, reason, () => this.runAgain(child, reason))
  }

  /** A child whose `init` now declines is forgotten, unlike a supervisor's. */
  private async runAgain(child: Child, reason: ExitReason): Promise<Verdict> {
    const outcome = await this.run(child, reason)
    if (outcome.status === 'failed') this.keeper.retryLater(child, reason)
    return outcome.status === 'ignored' ? this.forget(child) : 'go_on'
  }

  private forget(child: Child): Verdict {
    this.children.delete(child)
    this.onGone(child.spec)
    return 'go_on'
  }
}
