import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What a walk meets and may yield; folders are entered, never yielded. */
export interface Found {
  /** Relative to the root, `/` between its parts on every platform. */
  readonly path: string
  /** A link is yielded as such, never followed. */
  readonly kind: 'file' | 'link'
}

/** Decides what a walk sees. A folder that is not kept is not entered. */
export interface Filter {
  keeps(path: string, kind: 'file' | 'link' | 'directory'): boolean
  /** The filter for what lies in `directory` (`''` is the root itself). */
  within(directory: string): Filter | Promise<Filter>
}

/** Keeps everything. */
export const everything: Filter = { keeps: () => true, within: () => everything }

/**
 * Yields files and links below `root`, each folder's names in code unit order.
 * Sockets, devices and pipes are passed over. Rejects when a folder cannot be read.
 */
export async function* walk(root: string, filter: Filter, directory = ''): AsyncGenerator<Found> {
  const inner = await filter.within(directory)
  const names = await readdir(join(root, directory), { withFileTypes: true })
  for (const entry of names.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`
    const kind = kindOf(entry)
    if (kind === undefined || !inner.keeps(path, kind)) continue
    if (kind === 'directory') yield* walk(root, inner, path)
    else yield { path, kind }
  }
}

function kindOf(entry: {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}): Found['kind'] | 'directory' | undefined {
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isDirectory()) return 'directory'
  return entry.isFile() ? 'file' : undefined
}
