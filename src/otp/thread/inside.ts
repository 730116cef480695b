import type { MessagePort } from 'node:worker_threads'
import type { CallRequest } from '../call-request.ts'
import { Machine } from '../machine.ts'
import { type Process, type ProcessId, processOf } from '../process.ts'
import type { CrashReport } from '../report.ts'
import { Codec, notCloneable } from './codec.ts'
import { Outbox, readBatch, type Take } from './outbox.ts'
import { OutsideProcess } from './outside-process.ts'
import { Requests } from './requests.ts'
import { type Batch, Op, type Party, type Refused } from './wire.ts'

/** The border of a thread, from within: its runtime, the processes outside, and the way there. */
export class Inside {
  readonly machine: Machine
  readonly outbox: Outbox
  /** The one process that others know, once it runs. */
  server: Process | undefined
  /** Messages taken from outside. */
  received = 0
  private readonly serial: number
  private readonly codec: Codec
  private readonly outsiders = new Map<Party, OutsideProcess>()
  private readonly calls = new Requests<CallRequest>()

  constructor(port: MessagePort, serial: number) {
    this.serial = serial
    this.codec = new Codec({ leave: (pid) => this.serialOf(pid), enter: (party) => this.pidOf(party) })
    this.outbox = new Outbox(this.codec, {
      post: (batch) => port.postMessage(batch),
      head: () => [this.received, this.server?.waiting ?? 0, this.server?.handled ?? 0],
      refused: (op, id, error) => this.refused(op, id, error as Error),
    })
    const logger = (report: CrashReport): void => this.report(report)
    this.machine = new Machine({ logger }, { node: serial, outside: (name) => this.outsider(name) })
    this.outbox.start()
  }

  read(batch: Batch, take: Take): void {
    readBatch(batch, this.codec, take)
  }

  pidOf(serial: number): ProcessId {
    return (serial === this.serial && this.server ? this.server : this.outsider(serial)).pid
  }

  /** A call of the thread's code to a process outside. */
  call(request: CallRequest, party: Party): void {
    const id = this.calls.add(request)
    try {
      this.outbox.add(Op.call, id, request.name, request.argument, party)
    } catch (problem) {
      this.calls.take(id)?.fail('not_cloneable', problem as Error)
    }
  }

  answered(id: number, value: unknown): void {
    this.calls.take(id)?.reply(value)
  }

  refusedOutside(id: number, { kind, reason }: Refused): void {
    this.calls.take(id)?.fail(kind, reason)
  }

  /** The answer to a call from outside. */
  answer(id: number, value: unknown): void {
    try {
      this.outbox.add(Op.reply, id, undefined, value)
    } catch (problem) {
      this.refuse(id, problem as Error)
    }
  }

  /** A process outside has ended. */
  gone(party: Party, reason: object | string): void {
    const outsider = this.outsiders.get(party)
    this.outsiders.delete(party)
    if (outsider) this.machine.end(outsider, reason)
  }

  /** Whoever lives outside under that number or name; its end is asked for at once, so that none is missed. */
  private outsider(party: Party): OutsideProcess {
    const known = this.outsiders.get(party)
    if (known) return known
    const made = new OutsideProcess(this.machine, this, party)
    this.outsiders.set(party, made)
    this.outbox.push(Op.watch, 0, undefined, undefined, party)
    return made
  }

  /** Of the thread's own processes only the server has a number outside. */
  private serialOf(pid: ProcessId): number {
    if (pid === this.server?.pid) return this.serial
    if (pid.host !== this.machine) return pid.serial
    throw notCloneable(`the pid ${pid.id} of a process inside of the thread`, 'send the pid of the server')
  }

  private refuse(id: number, reason: Error): void {
    const refused: Refused = { kind: 'not_cloneable', reason }
    this.outbox.addAnyway(Op.refusal, id, undefined, refused)
  }

  /** The port itself did not take what the codec let pass. */
  private refused(op: number, id: number, error: Error): void {
    const problem = notCloneable(error.message, 'send plain data')
    if (op === Op.reply) this.refuse(id, problem)
    else if (op === Op.call) this.calls.take(id)?.fail('not_cloneable', problem)
    else this.machine.report(this.machine.rootProcess, { kind: 'unexpected_message', reason: problem })
  }

  /** Reports are made outside; that the server's end reached the thread's own root is no news. */
  private report({ kind, level, reason, module, lastMessage, state, client, child }: CrashReport): void {
    if (kind === 'root_exit' && child === this.server?.pid.id) return
    const caller = client && processOf(client)?.pid
    const about = this.server?.module === module ? {} : { module }
    this.outbox.addAnyway(Op.report, 0, undefined, {
      ...{ kind, level, reason, lastMessage, state, child, ...about },
      client: caller,
    })
  }
}
