import { Problem } from '../kernel/index.ts'
import type { ProcessBody, ProcessContext, ReceiveOptions } from './context.ts'
import { enter, finishRun, resume } from './current.ts'
import { type ExitReason, isClean, ProcessExited, reasonOf } from './exit.ts'
import type { Pid } from './pid.ts'
import { type Birth, Process } from './process.ts'
import { OwnContext } from './process-context.ts'
import { link } from './signals.ts'
import { Deadline } from './timer-wheel.ts'

type Matches = (message: unknown) => boolean

interface Receiver {
  readonly matches: Matches
  readonly resolve: (message: unknown) => void
  readonly reject: (error: unknown) => void
  readonly deadline: Deadline | undefined
  /** So many waiting messages were looked at and left alone. */
  seen: number
}

/** A process that runs one function, which reads the mailbox itself. */
export class RawProcess extends Process {
  private readonly body: ProcessBody
  private asked: readonly Pid[] = []
  private begun = false
  private receiver: Receiver | undefined

  constructor(birth: Birth, body: ProcessBody) {
    super(birth)
    this.body = body
  }

  override get callers(): readonly Pid[] {
    return this.asked
  }

  /** Makes this process a task of `owner`. */
  worksFor(owner: Process): void {
    this.asked = [owner.pid, ...owner.callers]
  }

  /** The first message that matches, now or later; undefined after `timeoutMs`. */
  receive(matches: Matches, timeoutMs: number | undefined): Promise<unknown> {
    this.mustLive()
    if (this.receiver) throw new Problem('already_receiving', 'a process waits for one message at a time', {})
    const promise = new Promise<unknown>((resolve, reject) => {
      const deadline = timeoutMs === undefined ? undefined : this.deadline(timeoutMs)
      this.receiver = { matches, resolve, reject, deadline, seen: 0 }
    })
    promise.catch(() => {})
    this.match()
    // As on the BEAM, no wait at all still looks at what is there.
    if (timeoutMs !== undefined && timeoutMs <= 0) this.giveUp()
    return promise
  }

  protected work(): boolean {
    this.host.scheduler.spend()
    if (this.begun) this.match()
    else this.begin()
    return false
  }

  protected override ended(reason: ExitReason): void {
    this.stopReceiving()?.reject(new ProcessExited(this.pid.id, reason))
  }

  private begin(): void {
    this.begun = true
    const before = enter(this)
    try {
      const returned = this.body(new RawContext(this))
      Promise.resolve(returned).then(
        () => {
          finishRun(this)
          this.host.end(this, 'normal')
        },
        (thrown: unknown) => this.crash(thrown),
      )
    } catch (thrown) {
      this.crash(thrown)
    } finally {
      resume(before)
    }
  }

  private match(): void {
    const { receiver } = this
    if (!receiver) return
    let found: { readonly message: unknown } | undefined
    try {
      this.mailbox.take((message) => {
        if (receiver.matches(message)) found = { message }
        return found !== undefined
      }, receiver.seen)
    } catch (thrown) {
      this.stopReceiving()?.reject(thrown)
      return
    }
    receiver.seen = this.mailbox.length
    if (!found) return
    this.handled++
    this.stopReceiving()?.resolve(found.message)
  }

  private stopReceiving(): Receiver | undefined {
    const { receiver } = this
    if (receiver?.deadline) this.host.deadlines.remove(receiver.deadline)
    this.receiver = undefined
    return receiver
  }

  private deadline(timeoutMs: number): Deadline {
    const deadline = new Deadline(() => this.giveUp())
    if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) this.host.deadlines.add(deadline, timeoutMs)
    return deadline
  }

  private giveUp(): void {
    this.stopReceiving()?.resolve(undefined)
  }

  private crash(thrown: unknown): void {
    finishRun(this)
    if (!this.alive) return
    const reason = reasonOf(thrown)
    if (!isClean(reason)) this.host.report(this, { kind: 'process_crash', level: 'error', reason })
    this.host.end(this, reason)
  }
}

/** Starts a process linked to its starter, and to whom else it concerns, before it runs. */
export function startLinked(
  starter: Process,
  body: ProcessBody,
  module: string,
  prepare: (process: RawProcess) => void = () => {},
): RawProcess {
  const process = new RawProcess({ host: starter.host, starter, linked: true, module }, body)
  link(process, starter.pid)
  prepare(process)
  starter.host.started(process)
  return process
}

const anything: Matches = () => true

class RawContext extends OwnContext implements ProcessContext {
  receive<M>(matches: (message: unknown) => message is M): Promise<M>
  receive<M>(matches: (message: unknown) => message is M, options: ReceiveOptions): Promise<M | undefined>
  receive(matches?: Matches, options?: ReceiveOptions): Promise<unknown>
  receive(matches: Matches = anything, options?: ReceiveOptions): Promise<unknown> {
    return (this.process as RawProcess).receive(matches, options?.timeoutMs)
  }
}
