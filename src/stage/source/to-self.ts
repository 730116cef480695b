import type { Context } from '../../otp/index.ts'

/** Sends to the process itself from callbacks that may outlive it: then nothing happens. */
export function toSelf(ctx: Context, message: object): void {
  if (!ctx.signal.aborted) ctx.send(ctx.self, message)
}
