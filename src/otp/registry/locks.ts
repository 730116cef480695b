import { Problem } from '../../kernel/index.ts'
import type { Process } from '../process.ts'
import { unwatch, type Watcher, watch } from '../watcher.ts'

type Text = string | symbol

/** One process that holds a lock or waits for it; it goes with the end of the process. */
class Turn implements Watcher {
  newer: Watcher | undefined
  older: Watcher | undefined
  readonly begin: () => void
  readonly refuse: (error: Error) => void
  private readonly process: Process
  private readonly over: (turn: Turn) => void

  constructor(
    process: Process,
    over: (turn: Turn) => void,
    begin: (turn: Turn) => void,
    refuse: (error: Error) => void,
  ) {
    this.process = process
    this.over = over
    this.begin = () => begin(this)
    this.refuse = refuse
    watch(process, this)
  }

  readonly end = (): void => {
    unwatch(this.process, this)
    this.over(this)
  }

  processEnded(): void {
    this.over(this)
  }
}

/** Locks by key: one holder at a time, the others in the order they came. */
export class Locks implements Watcher {
  newer: Watcher | undefined
  older: Watcher | undefined
  private readonly queues = new Map<Text, readonly Turn[]>()

  constructor(owner: Process) {
    watch(owner, this)
  }

  /** Resolves when it is the turn of `process`, with the function that ends the turn. */
  acquire(process: Process, key: Text): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const begin = (turn: Turn): void => resolve(turn.end)
      const turn = new Turn(process, (done) => this.over(key, done), begin, reject)
      const queue = this.queues.get(key) ?? []
      this.queues.set(key, [...queue, turn])
      if (queue.length === 0) turn.begin()
    })
  }

  /** The registry ended, and its locks with it. */
  processEnded(): void {
    const error = new Problem('registry_exited', 'the registry of the lock has exited', {
      wayOut: 'try again when it has been restarted',
    })
    for (const turn of [...this.queues.values()].flat()) turn.refuse(error)
    this.queues.clear()
  }

  private over(key: Text, turn: Turn): void {
    const queue = this.queues.get(key) ?? []
    const left = queue.filter((other) => other !== turn)
    if (left.length > 0) this.queues.set(key, left)
    else this.queues.delete(key)
    if (queue[0] === turn) left[0]?.begin()
  }
}
