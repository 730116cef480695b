import { defineServer, stop } from '../otp/index.ts'
import { keepListening } from './notifier.ts'
import type { StorageParts } from './storage-parts.ts'

/**
 * Hears NOTIFY for everybody who called `database.listen`.
 *
 * Owns one connection; who listens is kept in the handle. A crash may lose
 * messages, so after the restart every listener's `onGap` is called.
 */
export const Notifier = defineServer({
  name: 'storage.notifier',
  init: (parts: StorageParts, ctx) => {
    const { target, listeners, clock } = parts
    if (target.current === undefined) throw new Error('no server to listen to')
    const listening = keepListening({ target: target.current, listeners, clock }, ctx.signal)
    listening.catch((cause: unknown) => {
      ctx.runtime.send(ctx.self, { type: 'failed', error: new Error('listening failed', { cause }) })
    })
    return parts
  },
  info: {
    failed: (parts, { error }: { readonly error: Error }) => stop(error, parts),
  },
})
