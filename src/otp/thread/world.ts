import { emit, Problem } from '../../kernel/index.ts'
import { CallError, CallRequest, CastRequest } from '../call-request.ts'
import { enter, resume } from '../current.ts'
import { locate } from '../destination.ts'
import type { ExitReason } from '../exit.ts'
import { ServerCrashed } from '../otp.events.ts'
import type { Process, ReportDetails } from '../process.ts'
import { signalExit } from '../signals.ts'
import { unwatch, type Watcher, watch } from '../watcher.ts'
import type { Outbox } from './outbox.ts'
import { Op, type Party } from './wire.ts'

/** What a thread may do outside of itself, always in the name of the process that stands for it. */
export class World {
  private readonly process: Process
  private readonly outbox: Outbox
  private readonly watched = new Map<Watcher, Process>()

  constructor(process: Process, outbox: Outbox) {
    this.process = process
    this.outbox = outbox
  }

  take(op: number, id: number, text: string, value: unknown, party: Party): void {
    if (op === Op.report) return this.report(value as ReportDetails)
    const target = this.find(party)
    if (op === Op.watch) this.watch(party, target)
    else if (op === Op.call) this.call(id, text, value, target, party)
    else if (op === Op.cast) target?.deliver(new CastRequest(text, value))
    else if (op === Op.exit && target) signalExit(target, this.process.pid, value as ExitReason, 'exit')
    else if (op === Op.info) this.send(target, value, party)
  }

  /** Nobody wants to know any more. */
  leave(): void {
    for (const [watcher, target] of this.watched) unwatch(target, watcher)
    this.watched.clear()
  }

  private find(party: Party): Process | undefined {
    const { host } = this.process
    if (party === undefined) return undefined
    return typeof party === 'number' ? host.find(party) : locate(host, party)?.process
  }

  private send(target: Process | undefined, message: unknown, party: Party): void {
    if (target || typeof party === 'number') return target?.deliver(message)
    const reason = new Problem('unknown_name', `no process is registered as "${party}"`, { field: 'to' })
    this.process.host.report(this.process, { kind: 'unexpected_message', level: 'error', reason })
  }

  private watch(party: Party, target: Process | undefined): void {
    if (!target) return this.outbox.addAnyway(Op.gone, 0, undefined, 'noproc', party)
    const watcher: Watcher = {
      newer: undefined,
      older: undefined,
      processEnded: (_pid, reason) => {
        this.watched.delete(watcher)
        this.outbox.addAnyway(Op.gone, 0, undefined, reason, party)
      },
    }
    watch(target, watcher)
    this.watched.set(watcher, target)
  }

  /** The caller keeps the time; here the call waits as long as the thread does. */
  private call(id: number, name: string, value: unknown, target: Process | undefined, party: Party): void {
    if (!target) {
      const refusal = { kind: 'noproc', reason: 'noproc' }
      return this.outbox.addAnyway(Op.refusal, id, undefined, refusal, party)
    }
    const before = enter(this.process)
    const request = new CallRequest(target, name, value, Number.POSITIVE_INFINITY)
    resume(before)
    target.deliver(request)
    request.promise.then(
      (answer) => this.answer(id, answer),
      (error: unknown) => this.refuse(id, error),
    )
  }

  private answer(id: number, answer: unknown): void {
    try {
      this.outbox.add(Op.reply, id, undefined, answer)
    } catch (problem) {
      this.outbox.addAnyway(Op.refusal, id, undefined, { kind: 'not_cloneable', reason: problem })
    }
  }

  private refuse(id: number, error: unknown): void {
    if (!this.process.alive || !(error instanceof CallError)) return
    const { kind, reason } = error
    this.outbox.addAnyway(Op.refusal, id, undefined, { kind, reason })
  }

  /** Reports of the thread are about the process that others know. */
  private report(details: ReportDetails): void {
    const { pid, name, module, host } = this.process
    host.report(this.process, details)
    if (details.kind === 'server_crash') emit(ServerCrashed, { pid, name, module, reason: details.reason })
  }
}
