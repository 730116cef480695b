import type { Sql } from '../storage/index.ts'

/** Which files builds still need. */
export type BuildFilesStore = ReturnType<typeof buildFilesStore>

/** Works on a pool or an open transaction; it cannot tell. */
export function buildFilesStore(sql: Sql) {
  return {
    /**
     * Lets go of the inputs of builds that finished `keepMs` ago. Returns files
     * that may be without an owner now; ask `referenced` afterwards, since a
     * retry may share them.
     */
    async release(keepMs: number, max: number): Promise<readonly string[]> {
      const rows = await sql<{ blobs: string[] }>`
        with finished as (
          select id, array_remove(array[source_blob, certs_blob], null) as blobs
            from builds
           where finished_at < now() - ${keepMs}::bigint * interval '1 millisecond' and source_blob is not null
           limit ${max} for update skip locked
        )
        update builds b set source_blob = null, certs_blob = null
          from finished where b.id = finished.id
        returning finished.blobs`
      return rows.flatMap(({ blobs }) => blobs)
    },

    /** Those of the given files that a build still names. */
    async referenced(ids: readonly string[]): Promise<ReadonlySet<string>> {
      const rows = await sql<{ id: string }>`
        select source_blob as id from builds where source_blob = any(${ids})
        union select certs_blob from builds where certs_blob = any(${ids})
        union select artifact_blob from builds where artifact_blob = any(${ids})`
      return new Set(rows.map(({ id }) => id))
    },
  }
}
