/** Who wants to hear of a channel. */
export interface Listener {
  readonly onMessage: (payload: string) => void
  readonly onGap: () => void
}

/** Told of every change while attached. */
export interface ListenersObserver {
  added(channel: string, listener: Listener): void
  /** The channel's last listener went. */
  emptied(channel: string): void
}

/**
 * Who listens to what on this node. It lives in the handle, so a restarted
 * notifier finds everybody again.
 */
export class Listeners {
  readonly #byChannel = new Map<string, Set<Listener>>()
  #observer: ListenersObserver | undefined

  /** Adds a listener; the returned function removes it. */
  add(channel: string, listener: Listener): () => void {
    const others = this.#byChannel.get(channel)
    if (others === undefined) this.#byChannel.set(channel, new Set([listener]))
    else others.add(listener)
    this.#observer?.added(channel, listener)
    return () => this.#remove(channel, listener)
  }

  #remove(channel: string, listener: Listener): void {
    const listeners = this.#byChannel.get(channel)
    if (listeners?.delete(listener) !== true || listeners.size > 0) return
    this.#byChannel.delete(channel)
    this.#observer?.emptied(channel)
  }

  /** Lets `observer` know of changes from now on, instead of the one before; the returned function ends it. */
  observe(observer: ListenersObserver): () => void {
    this.#observer = observer
    return () => {
      if (this.#observer === observer) this.#observer = undefined
    }
  }

  /** Every channel somebody listens to. */
  channels(): string[] {
    return [...this.#byChannel.keys()]
  }

  /** The listeners of one channel, as of now. */
  of(channel: string): Listener[] {
    return [...(this.#byChannel.get(channel) ?? [])]
  }
}
