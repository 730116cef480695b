import { defineEvent } from '../kernel/index.ts'

/** The embedded server is in use; `started` is false when it ran already. */
export const ServerJoined = defineEvent<{
  readonly server: string
  readonly folder: string
  readonly started: boolean
}>('storage.server.joined')

/** The connection to the embedded server ended: it stopped, crashed or was stopped. */
export const ServerLost = defineEvent<{ readonly server: string }>('storage.server.lost')

/** The schema is up to date; `applied` names what was missing. */
export const SchemaReady = defineEvent<{
  readonly version: string | undefined
  readonly applied: readonly string[]
}>('storage.schema.ready')

/** Notifications arrive (again). */
export const ListeningStarted = defineEvent<{ readonly server: string; readonly channels: number }>(
  'storage.listening.started',
)

/** Notifications may be missed until listening starts again. */
export const ListeningLost = defineEvent<{ readonly server: string; readonly failures: number }>(
  'storage.listening.lost',
)

/** Leftovers of dead runs were deleted at start. */
export const LeftoversSwept = defineEvent<{ readonly folder: string; readonly removed: number }>(
  'storage.leftovers.swept',
)
