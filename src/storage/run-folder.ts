import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive, startOf } from './process-identity.ts'

const HOST = hostname().replaceAll(/[^A-Za-z0-9.]+/g, '_')

/** What this running program calls its own: `<host>-<pid>-<start>`, never the name of another run. */
export const RUN_NAME = `${HOST}-${process.pid}-${startOf(process.pid) ?? '0'}`

/** Names of a run on another machine may be cleaned after this long without a change. */
const FOREIGN_AFTER_MS = 24 * 3_600_000

/**
 * Deletes what dead runs left in `parent`: entries named `<prefix><run name>`.
 * Runs of other machines (a shared disk) cannot be asked, so only old ones go.
 */
export async function sweepRunFolders(parent: string, prefix: string, nowMs: number): Promise<number> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix))
  let removed = 0
  for (const name of names) {
    if (!(await isAbandoned(join(parent, name), name.slice(prefix.length), nowMs))) continue
    await rm(join(parent, name), { recursive: true, force: true })
    removed += 1
  }
  return removed
}

/** Makes this run's own folder in `parent`, or finds it. */
export async function runFolder(parent: string, prefix = ''): Promise<string> {
  const folder = join(parent, prefix + RUN_NAME)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

async function isAbandoned(path: string, name: string, nowMs: number): Promise<boolean> {
  const [, host, pid, start] = /^(.+)-(\d+)-([A-Za-z0-9]+)$/.exec(name) ?? []
  if (host === HOST) return !isProcessAlive(Number(pid)) || startOf(Number(pid)) !== start
  const found = await stat(path).catch(() => undefined)
  return host !== undefined && found !== undefined && nowMs - found.mtimeMs > FOREIGN_AFTER_MS
}
