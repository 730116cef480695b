import { Problem } from '../../kernel/index.ts'
import { type Key, stableHash } from '../key.ts'
import type { Pid } from '../pid.ts'

/** Which process serves which part of the keys, kept up to date by every start of a child. */
export class Partitions {
  /** Partitions in use: keys are spread over these. */
  size: number
  /** How many there are specs for. */
  readonly max: number
  private readonly pids: (Pid | undefined)[] = []

  constructor(max: number) {
    this.size = max
    this.max = max
  }

  started(partition: number, pid: Pid): void {
    this.pids[partition] = pid
  }

  /** Whole numbers by remainder, anything else by its hash. */
  pidFor(key: Key): Pid | undefined {
    if (this.size === 0) {
      throw new Problem('no_partitions', 'the partition supervisor was resized to zero partitions', {
        field: 'key',
        wayOut: 'resize it to one or more',
      })
    }
    const whole = typeof key === 'number' && Number.isInteger(key)
    return this.pids[(whole ? Math.abs(key) : stableHash(key)) % this.size]
  }
}
