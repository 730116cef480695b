import { type Context, defineServer, type ExitReason, GenServer, isClean, noreply } from '../../otp/index.ts'

/** What the terminator of a pipeline must know of it: registered names. */
export interface TerminatorArgs {
  /** One per layer: when one is missing, this is a crash and no end. */
  readonly layers: readonly string[]
  readonly producers: readonly string[]
  readonly processors: readonly string[]
  /** Those that acknowledge: the pipeline is empty when they have nothing left. */
  readonly last: readonly string[]
}

/**
 * Ends a pipeline from the front: started last, it is the first to be stopped,
 * and lets everything run dry before the supervisor goes on. It holds nothing; a
 * crash of it restarts nothing but itself.
 */
export const Terminator = defineServer({
  name: 'pipeline.terminator',
  init(args: TerminatorArgs, ctx: Context) {
    ctx.trapExit(true)
    return args
  },
  info: { EXIT: (state) => noreply(state) },
  terminate: (reason, args, ctx) => drain(reason, args, ctx),
})

async function drain(reason: ExitReason, args: TerminatorArgs, { runtime }: Context): Promise<void> {
  const alive = (name: string): boolean => runtime.whereis(name) !== undefined
  if (!isClean(reason) || !args.layers.every(alive)) return
  for (const name of args.processors.filter(alive)) runtime.send(name, { type: 'pipeline_ends' })
  for (const name of args.producers.filter(alive)) {
    GenServer.cast(name, '$demand', 'accumulate', { runtime })
    GenServer.cast(name, '$drain', undefined, { runtime })
  }
  const patiently = { runtime, timeoutMs: Number.POSITIVE_INFINITY }
  await Promise.allSettled(args.last.map((name) => GenServer.call(name, 'drained', undefined, patiently)))
}
