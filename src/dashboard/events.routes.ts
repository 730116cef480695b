import { openEventStream, type Routes } from '../http/index.ts'
import type { Runtime } from '../otp/index.ts'
import { LIVE_HUB, LiveHub, type LiveReader } from './live-hub.server.ts'

/** `GET /api/v1/events`: a snapshot of the farm and the node, then every change, as server-sent events. */
export const eventsRoutes =
  (runtime: Runtime): Routes =>
  (server, guard) => {
    const hub = LiveHub.at(LIVE_HUB, runtime)

    server.get('/api/v1/events', { onRequest: guard.require('read') }, async (request, reply) => {
      const stream = openEventStream(request, reply)
      const reader: LiveReader = {
        send: (event) => stream.send(event.type, event),
        close: () => stream.close(),
      }
      stream.signal.addEventListener('abort', () => hub.cast.leave(reader))
      const joined = await hub.call.join(reader).catch(() => false)
      // Nothing to tell now: the browser comes back in a second.
      if (!joined) stream.close()
    })
  }
