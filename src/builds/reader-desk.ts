import { err, ok, Problem } from '../kernel/index.ts'
import type { ReaderDesk } from './builds.ts'
import type { Parts } from './parts.ts'

/** The desk for everybody who wants to know. */
export function readerDesk({ builds, workers, logs, blobs, feed }: Parts): ReaderDesk {
  return {
    find: (id) => builds.find(id),

    async list({ before, limit, ...filter }) {
      const rows = await builds.list({ ...filter, before: seqOf(before), limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return { builds: page, next: rows.length > limit && last ? String(last.seq) : null }
    },

    counts: () => builds.counts(),
    totals: () => builds.totals(),
    logs: (id, range) => logs.read(id, range),
    findWorker: (id) => workers.find(id),
    listWorkers: () => workers.list(),

    async openArtifact(id, range) {
      const build = await builds.find(id)
      if (!build) return err('not_found')
      if (build.state !== 'completed') return err('not_completed', `the build is ${build.state}`)
      const opened = build.artifact && (await blobs.read(build.artifact.id, range))
      if (!opened || !build.artifact) return err('no_file')
      if (!opened.ok) return err(opened.reason === 'not_found' ? 'no_file' : 'range')
      const { stream, bytes, bytesTotal } = opened.value
      const { sha256, name } = build.artifact
      return ok({ stream, bytes, total: bytesTotal, sha256, name })
    },

    followLogs: (id, onLines) =>
      // A change of state writes its line in the same statement.
      feed.onChange((change) => {
        if (change.id === id && change.kind !== 'worker') onLines()
      }, onLines),

    onChange: (listener, onGap) => feed.onChange(listener, onGap),
  }
}

function seqOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new Problem('invalid_cursor', `"${cursor}" is no place in the list`, {
    field: 'before',
    wayOut: 'pass the "next" of the page before',
  })
}
