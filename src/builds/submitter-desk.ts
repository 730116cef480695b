import { emit, hashToken, newId, newToken, ok, tokenMatches } from '../kernel/index.ts'
import type { Build } from './build.ts'
import { BuildFinished, BuildSubmitted } from './builds.events.ts'
import type { SubmitterDesk } from './builds.ts'
import { dropUnreferenced, type Parts } from './parts.ts'
import { fitText } from './stored-text.ts'

/** The desk where builds are handed in. */
export function submitterDesk(parts: Parts): SubmitterDesk {
  const { builds, limits } = parts

  return {
    async submit(order) {
      const token = newToken()
      const build = await builds.add(newId(), hashToken(token), limits.attemptsMax, {
        ...order,
        name: order.name && fitText(order.name, limits.nameBytes),
      })
      announce(build)
      return { build, token }
    },

    async cancel(id) {
      const cancelled = await builds.cancel(id)
      if (cancelled.ok) announceEnd(cancelled.value)
      return cancelled
    },

    async discard(id) {
      const blobs = await builds.discard(id)
      if (blobs) await dropUnreferenced(parts, blobs)
      return blobs !== undefined
    },

    async retry(id) {
      const token = newToken()
      const copy = { id: newId(), tokenHash: hashToken(token), attemptsMax: limits.attemptsMax }
      const repeated = await builds.repeat(id, copy)
      if (!repeated.ok) return repeated
      announce(repeated.value)
      return ok({ build: repeated.value, token })
    },

    async matchesBuildToken(id, token) {
      const hash = await builds.tokenHash(id)
      return hash !== undefined && tokenMatches(token, hash)
    },
  }
}

const announce = ({ id, platform, source }: Build): void =>
  emit(BuildSubmitted, { id, platform, sourceBytes: source.bytes })

/** Tells the node that a build reached its end. */
export function announceEnd({ id, platform, state, startedAt, finishedAt }: Build): void {
  const durationMs = startedAt && finishedAt ? finishedAt.getTime() - startedAt.getTime() : null
  emit(BuildFinished, { id, platform, state, durationMs })
}
