import { emit, Problem } from '../kernel/index.ts'
import { defineServer, noreply, stop } from '../otp/index.ts'
import { type EmbeddedServer, joinEmbedded } from './embedded-postgres.ts'
import { ServerJoined, ServerLost } from './storage.events.ts'
import type { StorageParts } from './storage-parts.ts'

interface State {
  readonly parts: StorageParts
  readonly server: EmbeddedServer
}

/**
 * Uses the embedded PostgreSQL of the data directory: joins the running one or
 * starts it, and ends when it does, so that its supervisor brings up another.
 *
 * Owns the connection that says "this node uses the server". Killed without
 * ceremony it leaves the server running and its next incarnation joins again:
 * a crash here costs nothing. Ended in order it stops the server, unless
 * another node uses it too.
 */
export const EmbeddedPostgres = defineServer({
  name: 'storage.postgres',
  init: async (parts: StorageParts, ctx): Promise<State> => {
    if (parts.embedded === undefined) throw new TypeError('this database has a server of its own')
    ctx.trapExit(true)
    const server = await joinEmbedded(parts.embedded, ctx.signal)
    ctx.signal.addEventListener('abort', server.abandon)
    if (ctx.signal.aborted) server.abandon()
    void server.lost.then(() => ctx.runtime.send(ctx.self, 'lost'))
    parts.schemaReady = false
    parts.target.fill(server.target)
    emit(ServerJoined, {
      server: server.target.label,
      folder: server.folder,
      started: server.started,
    })
    return { parts, server }
  },
  info: {
    EXIT: (state) => noreply(state),
    lost(state) {
      const server = state.server.target.label
      emit(ServerLost, { server })
      return stop(new Problem('embedded_server_lost', `PostgreSQL at ${server} ended`), state)
    },
  },
  async terminate(_reason, { parts, server }) {
    parts.target.empty(server.target)
    await server.leave()
  },
})
