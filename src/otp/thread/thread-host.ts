import type { MessagePort } from 'node:worker_threads'
import { CastRequest, StopRequest } from '../call-request.ts'
import type { ExitReason } from '../exit.ts'
import { ExitSignal } from '../pid.ts'
import { doLater } from '../process-context.ts'
import type { Callbacks } from '../server/callbacks.ts'
import { launch, type Make } from '../server/start.ts'
import type { StartOutcome } from '../supervisor/child-spec.ts'
import { Estate, type Legacy } from '../supervisor/estate.ts'
import { Inside } from './inside.ts'
import type { ThreadMemory } from './thread-options.ts'
import { OutsideCall, ThreadServer } from './thread-server.ts'
import { type Batch, type Beginning, type Boot, type Ended, Op, type Party, type Refused } from './wire.ts'

/** What runs in a thread: one server, in a runtime of its own. */
export class ThreadHost {
  private readonly inside: Inside
  private readonly boot: Boot
  private server: ThreadServer | undefined
  private stopping: { readonly id: number; readonly reason: ExitReason } | undefined

  constructor(port: MessagePort, boot: Boot) {
    this.boot = boot
    this.inside = new Inside(port, boot.serial)
  }

  /** There is nothing to run. */
  failed(reason: ExitReason): void {
    this.inside.outbox.addAnyway(Op.failed, 0, undefined, reason)
  }

  /** Takes batches from now on; the first entry says how to begin. */
  serve(callbacks: Callbacks): (batch: Batch) => void {
    this.measure()
    return (batch) => {
      this.inside.read(batch, (op, id, text, value, party) => {
        if (op === Op.start) this.begin(callbacks, value as Beginning)
        else if (op === Op.gone) this.inside.gone(party, value as ExitReason)
        else if (op === Op.reply) this.inside.answered(id, value)
        else if (op === Op.refusal) this.inside.refusedOutside(id, value as Refused)
        else this.deliver(op, id, text, value, party)
      })
    }
  }

  /** The server has ended: the last word of the thread. */
  over(reason: ExitReason, legacy: Legacy | undefined): void {
    const { outbox } = this.inside
    const id = this.stopping?.reason === reason ? this.stopping.id : 0
    const ended: Ended = { reason, left: legacy && { state: legacy.state } }
    try {
      outbox.add(Op.ended, id, undefined, ended)
    } catch {
      const bare: Ended = { reason, left: undefined }
      outbox.addAnyway(Op.ended, id, undefined, bare)
    }
  }

  /** The start is decided. */
  began(outcome: StartOutcome, lives: number): void {
    const { outbox } = this.inside
    if (outcome.status === 'failed') this.failed(outcome.reason)
    else outbox.push(outcome.status === 'started' ? Op.started : Op.ignored, lives, undefined, undefined)
  }

  private begin(callbacks: Callbacks, { args, legacy, name }: Beginning): void {
    const { inside } = this
    const make: Make = (birth, start) => {
      this.server = new ThreadServer(birth, callbacks, start, { inside, keeper: this })
      inside.server = this.server
      return this.server
    }
    const place = { name, runtime: inside.machine, estate: new Estate(legacy) }
    void launch(make, callbacks.name, args, place, true)
  }

  private deliver(op: number, id: number, text: string, value: unknown, party: Party): void {
    const { server } = this
    if (!server) return
    this.inside.received++
    if (op === Op.call)
      server.deliver(
        new OutsideCall(this.inside, server, {
          id,
          name: text,
          argument: value,
          from: party as number | undefined,
        }),
      )
    else if (op === Op.cast) server.deliver(new CastRequest(text, value))
    else if (op === Op.stop) this.stop(server, id, value as ExitReason)
    else if (op === Op.exit) this.exit(server, party, value as ExitReason)
    else server.deliver(value)
  }

  private stop(server: ThreadServer, id: number, reason: ExitReason): void {
    this.stopping ??= { id, reason }
    const request = new StopRequest(server, reason, Number.POSITIVE_INFINITY)
    request.promise.catch(() => {})
    server.deliver(request)
  }

  /** Without a party it is the parent's, which here is the root. */
  private exit(server: ThreadServer, party: Party, reason: ExitReason): void {
    const from = party === undefined ? this.inside.machine.root : this.inside.pidOf(party as number)
    server.deliver(new ExitSignal(from, reason))
  }

  private measure(): void {
    doLater(this.inside.machine, this.boot.memoryEveryMs, () => {
      const { heapUsed, heapTotal, external } = process.memoryUsage()
      const memory: ThreadMemory = {
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
        externalBytes: external,
      }
      this.inside.outbox.add(Op.memory, 0, undefined, memory)
      this.measure()
    })
  }
}
