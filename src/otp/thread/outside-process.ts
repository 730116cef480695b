import { Problem } from '../../kernel/index.ts'
import { CallRequest, CastRequest, Pending } from '../call-request.ts'
import { ExitSignal } from '../pid.ts'
import { type Host, Process } from '../process.ts'
import type { Outbox } from './outbox.ts'
import { Op, type Party } from './wire.ts'

/** How to reach it. */
interface WayOut {
  readonly outbox: Outbox
  call(request: CallRequest, party: Party): void
}

/** In a thread: a process outside of it. What it is sent goes out; its end is told by the other side. */
export class OutsideProcess extends Process {
  private readonly way: WayOut
  private readonly party: Party

  constructor(host: Host, way: WayOut, party: Party) {
    super({ host: abroad(host, party), starter: undefined, linked: false, module: 'outside' })
    this.way = way
    this.party = party
    this.trapping = true
  }

  override deliver(message: unknown): void {
    if (!this.alive) return
    const { outbox } = this.way
    if (message instanceof CallRequest) this.way.call(message, this.party)
    else if (message instanceof CastRequest)
      outbox.add(Op.cast, 0, message.name, message.argument, this.party)
    else if (message instanceof ExitSignal)
      outbox.addAnyway(Op.exit, 0, undefined, message.reason, this.party)
    else if (message instanceof Pending) message.fail('not_cloneable', insideOnly('stop and sys requests'))
    else outbox.add(Op.info, 0, undefined, message, this.party)
  }

  override kill(): void {
    this.way.outbox.add(Op.exit, 0, undefined, 'kill', this.party)
  }

  override addLink(): void {
    throw insideOnly('links')
  }

  protected work(): boolean {
    return false
  }
}

/** The runtime, but for pids that read and count as they do outside. */
function abroad(host: Host, party: Party): Host {
  const serial = typeof party === 'number' ? party : -1
  return Object.create(host, { node: { value: 0 }, adopt: { value: () => serial } }) as Host
}

function insideOnly(what: string): Problem {
  return new Problem('not_across_threads', `${what} do not reach out of a thread`, {
    wayOut: 'monitor the process, or send it a message',
  })
}
