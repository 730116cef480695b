import { writeFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isId, newId, Problem } from '../kernel/index.ts'
import { identify, isAlive, killGroup, type ProcessIdentity } from './process-group.ts'
import { removeTree } from './remove-tree.ts'

/** The folder that one agent works in. */
export interface Workspace {
  readonly directory: string
  /** Stays the same over restarts, so that the farm knows the worker again. */
  readonly workerId: string
  /** Folders of runs that a killed agent left, already removed. */
  readonly leftovers: number
  /** A folder for one attempt of a build, of its own each time. */
  folderFor(buildId: string, attempt: number): RunFolder
  /** Lets another agent use the folder. */
  close(): Promise<void>
}

/** The folder of one attempt. */
export interface RunFolder {
  readonly source: string
  readonly tree: string
  readonly bundle: string
  create(): Promise<void>
  /** Writes down the command's process group, so that it is found should the agent be killed. */
  noteGroup(group: number): void
  /** Removes everything. */
  remove(): Promise<void>
}

/**
 * Takes a work folder for this process and clears away what a killed agent left there:
 * commands that still run and their folders.
 *
 * Throws `work_dir_busy` when a living agent has the folder, `work_dir_unusable` when it cannot be written.
 */
export async function openWorkspace(directory: string): Promise<Workspace> {
  const root = resolve(directory)
  const lock = join(root, 'lock.json')
  const runs = join(root, 'runs')
  await makeFolders(root, runs).catch(unusable(root))
  await takeLock(lock).catch(unusable(root))
  const leftovers = await clearRuns(runs).catch(unusable(root))
  return {
    directory: root,
    leftovers,
    workerId: await stableId(join(root, 'worker.json')),
    folderFor: (buildId, attempt) => runFolder(join(runs, `${buildId}-${attempt}-${newId()}`)),
    close: () => rm(lock, { force: true }),
  }
}

/** Only the folder itself is private: those above it may be shared, with a server's data for one. */
async function makeFolders(root: string, runs: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true, mode: 0o711 })
  await mkdir(runs, { recursive: true, mode: 0o700 })
}

function runFolder(folder: string): RunFolder {
  return {
    source: join(folder, 'source.zip'),
    tree: join(folder, 'tree'),
    bundle: join(folder, 'artifacts.zip'),
    async create() {
      await mkdir(folder, { mode: 0o700 })
    },
    noteGroup: (group) => writeFileSync(join(folder, 'group.json'), JSON.stringify(identify(group) ?? {})),
    remove: () => removeTree(folder),
  }
}

async function clearRuns(runs: string): Promise<number> {
  const names = await readdir(runs)
  for (const name of names) {
    const group = await readIdentity(join(runs, name, 'group.json'))
    if (group !== undefined && isAlive(group)) killGroup(group.pid, 'SIGKILL')
    await removeTree(join(runs, name))
  }
  return names.length
}

async function takeLock(path: string): Promise<void> {
  const holder = await readIdentity(path)
  if (holder !== undefined && isAlive(holder)) throw busy(path, holder)
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  await file.writeFile(JSON.stringify(identify(process.pid)))
  await file.close()
}

async function stableId(path: string): Promise<string> {
  const known = (await readJson(path)) as { id?: unknown } | undefined
  if (typeof known?.id === 'string' && isId(known.id)) return known.id
  const id = newId()
  await writeFile(`${path}.new`, JSON.stringify({ id }), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return id
}

async function readIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const { pid, started } = ((await readJson(path)) ?? {}) as Partial<Record<'pid' | 'started', unknown>>
  return typeof pid === 'number' && pid > 1 && typeof started === 'string' ? { pid, started } : undefined
}

/** Nothing for a file that is missing or was cut off by a crash. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

const busy = (path: string, holder: ProcessIdentity): Problem =>
  new Problem('work_dir_busy', `Another worker (process ${holder.pid}) uses ${dirname(path)}`, {
    field: '--work-dir',
    wayOut: 'Stop it, or give this one its own folder with --work-dir.',
  })

const unusable =
  (root: string) =>
  (cause: unknown): never => {
    if (cause instanceof Problem) throw cause
    throw new Problem(
      'work_dir_unusable',
      `The work folder ${root} cannot be written: ${(cause as Error).message}`,
      {
        field: '--work-dir',
        wayOut: 'Give a folder that this user may write with --work-dir.',
        cause,
      },
    )
  }
