import { Problem } from '../../kernel/index.ts'
import { type ExitReason, GenServer, type Pid, type Runtime } from '../../otp/index.ts'
import type { Message } from './message.ts'
import type { RateLimiting } from './rate-budget.ts'
import { RateLimiter } from './rate-limiter.server.ts'
import { nameOf } from './topology.ts'

/** A running pipeline, found by name at each use, so the reference survives restarts. */
export class PipelineRef implements AsyncDisposable {
  readonly name: string
  readonly runtime: Runtime

  constructor(name: string, runtime: Runtime) {
    this.name = name
    this.runtime = runtime
  }

  whereis(): Pid | undefined {
    return this.runtime.whereis(this.name)
  }

  /** Registered names of the producers. */
  get producers(): readonly string[] {
    const names: string[] = []
    for (let index = 0; ; index++) {
      const name = nameOf.producer(this.name, index)
      if (this.runtime.whereis(name) === undefined) return names
      names.push(name)
    }
  }

  /** Hands messages to the first producer, past its source and the rate limit. */
  async push(messages: readonly Message[]): Promise<void> {
    await GenServer.call(nameOf.producer(this.name, 0), '$push', messages, { runtime: this.runtime })
  }

  rateLimiting(): Promise<RateLimiting> {
    return this.limiter.call.get()
  }

  /** Holds from the next interval on. */
  updateRateLimiting(limiting: RateLimiting): Promise<void> {
    return this.limiter.call.update(limiting)
  }

  /**
   * Ends the pipeline in order: no new messages, those in flight are handled and
   * acknowledged, at most `shutdownMs` long.
   */
  stop(reason: ExitReason = 'normal', timeoutMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    return GenServer.stop(this.name, reason, { runtime: this.runtime, timeoutMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.whereis()) await this.stop()
  }

  private get limiter() {
    const name = nameOf.limiter(this.name)
    if (this.runtime.whereis(name)) return RateLimiter.at(name, this.runtime)
    throw new Problem('no_rate_limiting', `the pipeline ${this.name} has no rate limit, or does not run`, {
      field: 'rateLimiting',
      wayOut: 'define it with producer.rateLimiting',
    })
  }
}
