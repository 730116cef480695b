import type { Context, Dest, MonitorRef } from '../otp/index.ts'
import { type Batch, type DemandWindow, splitBatches } from './batches.ts'
import type { Peer } from './dispatcher.ts'
import type { CancelMode } from './subscription.ts'

interface Producer {
  readonly peer: Peer
  readonly monitor: MonitorRef
  readonly cancel: CancelMode
  readonly window: DemandWindow | 'manual'
}

/** A subscription that ended, with what it means for the consumer. */
export interface Ended {
  readonly peer: Peer
  readonly cancel: CancelMode
}

let lastRef = 0

/** The taking side of a stage: its subscriptions and what is outstanding in each. */
export class Inlet {
  private readonly ctx: Context
  private readonly producers = new Map<string, Producer>()

  constructor(ctx: Context) {
    this.ctx = ctx
  }

  /**
   * Names a new subscription to the process behind `to`; undefined when nobody
   * holds that name. Of a process that has exited, a `DOWN` follows.
   */
  open(to: Dest): { readonly peer: Peer; readonly monitor: MonitorRef } | undefined {
    const pid = typeof to === 'string' ? this.ctx.runtime.whereis(to) : 'whereis' in to ? to.whereis() : to
    return pid && { peer: { pid, ref: `${this.ctx.self.id}/${++lastRef}` }, monitor: this.ctx.monitor(pid) }
  }

  add(peer: Peer, monitor: MonitorRef, cancel: CancelMode, window: Producer['window']): void {
    this.producers.set(peer.ref, { peer, monitor, cancel, window })
  }

  has(ref: string): boolean {
    return this.producers.has(ref)
  }

  /** The subscription that a monitor of this side watches. */
  watchedBy(monitor: MonitorRef): Peer | undefined {
    for (const { peer, monitor: own } of this.producers.values()) if (own === monitor) return peer
    return undefined
  }

  /** Cuts a delivery; a manual subscription gets it in one piece and asks for itself. */
  receive<E>(
    from: Peer,
    events: readonly E[],
  ): { readonly batches: readonly Batch<E>[]; readonly excess: number } {
    const producer = this.producers.get(from.ref)
    if (!producer || producer.window === 'manual') return { batches: [{ events, ask: 0 }], excess: 0 }
    const { batches, window, excess } = splitBatches(events, producer.window)
    this.producers.set(from.ref, { ...producer, window })
    return { batches, excess }
  }

  /** Forgets a subscription. */
  remove(ref: string): Ended | undefined {
    const producer = this.producers.get(ref)
    if (!producer) return undefined
    this.producers.delete(ref)
    this.ctx.demonitor(producer.monitor, { flush: true })
    return { peer: producer.peer, cancel: producer.cancel }
  }
}
