import type { Database } from '../storage/index.ts'

/** Something changed, on any node, and is committed. */
export interface Change {
  readonly kind: 'build' | 'worker' | 'log'
  readonly id: string
  /** Of a build. */
  readonly state?: string | undefined
  /** Of a build. */
  readonly platform?: string | undefined
}

type Listener = (change: Change) => void

/**
 * The one path on which changes reach this node, its own included: NOTIFY by
 * the database after each commit. Listens as long as somebody cares.
 */
export interface ChangeFeed {
  /** `onGap` says that changes may have been missed. Neither may throw. Returns stop. */
  onChange(listener: Listener, onGap?: () => void): () => void
}

/** A feed over the channels `quorate_builds` and `quorate_logs`. */
export function createChangeFeed(database: Database): ChangeFeed {
  const followers = new Set<{ readonly listener: Listener; readonly onGap: (() => void) | undefined }>()
  let stopListening: (() => void) | undefined

  const tell = (change: Change): void => {
    for (const { listener } of followers) listener(change)
  }
  const gap = (): void => {
    for (const { onGap } of followers) onGap?.()
  }
  const listen = (): (() => void) => {
    const stops = [
      database.listen('quorate_builds', (payload) => tell(JSON.parse(payload) as Change), gap),
      database.listen('quorate_logs', (id) => tell({ kind: 'log', id }), gap),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  return {
    onChange(listener, onGap) {
      const follower = { listener, onGap }
      followers.add(follower)
      stopListening ??= listen()
      return () => {
        if (!followers.delete(follower) || followers.size > 0) return
        stopListening?.()
        stopListening = undefined
      }
    },
  }
}
