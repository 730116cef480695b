import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, realpath, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, Problem } from '../kernel/index.ts'
import { type Account, canEnter, ownerOf, serverAccount } from './postgres-account.ts'
import { furnish } from './postgres-init.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { type PostgresRuntime, prepareRuntime } from './postgres-runtime.ts'
import { runFolder } from './run-folder.ts'

/**
 * The folder of an embedded server: `data` (PostgreSQL's own), `password`,
 * `socket`, `postgres.log`, `lib` and perhaps a copy of the programs.
 */
export interface PostgresHome {
  /** Real path, free of links. */
  readonly folder: string
  readonly password: string
  readonly runtime: PostgresRuntime
}

/** Unfinished homes are called this and the name of the run that makes them. */
export const UNFINISHED = 'postgres.new-'

/** Where root puts a server whose account may not enter the data directory. */
const SHARED_BASE = '/var/lib/quorate'

/**
 * Opens the home in `dataDir`, making it first when there is none. It appears
 * in one step, so a crash or a second node never meets a half-made one.
 */
export async function openHome(
  dataDir: string,
  programs: PostgresPrograms,
  flags: readonly string[] = [],
): Promise<PostgresHome> {
  const link = join(dataDir, 'postgres')
  if (!existsSync(link)) await makeHome(dataDir, link, programs, flags)
  const folder = await realpath(link).catch(() => {
    throw missing(link)
  })
  const account = await ownerOf(join(folder, 'data'))
  if (!canEnter(folder, account)) throw unreachable(folder, account)
  const runtime = await prepareRuntime(programs, account, folder)
  await checkVersion(folder, runtime)
  return { folder, runtime, password: await readFile(join(folder, 'password'), 'utf8') }
}

async function makeHome(
  dataDir: string,
  link: string,
  programs: PostgresPrograms,
  flags: readonly string[],
): Promise<void> {
  const account = serverAccount()
  const unfinished = await runFolder(dataDir, UNFINISHED)
  try {
    const inside = await emptyFolder(unfinished, account)
    if (inside !== undefined) {
      await furnish(inside, account, programs, flags)
      return await publish(() => rename(inside, link), inside)
    }
    const outside = await emptyFolder(SHARED_BASE, account)
    if (outside === undefined) throw unreachable(SHARED_BASE, account)
    await furnish(outside, account, programs, flags)
    await publish(() => symlink(outside, link), outside)
  } finally {
    await rmdir(unfinished).catch(() => undefined)
  }
}

/** A new folder that the account can pass through (not look into); nothing when it cannot get that far. */
async function emptyFolder(parent: string, account: Account | undefined): Promise<string | undefined> {
  const folder = join(parent, newId())
  await mkdir(folder, { recursive: true, mode: 0o711 })
  if (account === undefined) return folder
  for (const passed of [parent, folder]) await chmod(passed, 0o711)
  if (canEnter(folder, account)) return folder
  await rmdir(folder)
  return undefined
}

/** Of two nodes that start at once, one home stays. */
async function publish(appear: () => Promise<void>, made: string): Promise<void> {
  try {
    await appear()
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    const lost = error instanceof Error && 'code' in error && /^(EEXIST|ENOTEMPTY)$/.test(String(error.code))
    if (!lost) throw error
  }
}

async function checkVersion(folder: string, runtime: PostgresRuntime): Promise<void> {
  const major = Number.parseInt(await readFile(join(folder, 'data', 'PG_VERSION'), 'utf8'), 10)
  if (major === runtime.major) return
  throw new Problem(
    'embedded_version_mismatch',
    `the data in ${folder} is PostgreSQL ${major}'s, the programs are PostgreSQL ${runtime.major}'s`,
    {
      field: 'dataDir',
      wayOut: `Use the release that made it, or run PostgreSQL ${major} and set DATABASE_URL.`,
    },
  )
}

function missing(link: string): Problem {
  return new Problem('data_dir_broken', `${link} leads to a folder that is gone`, {
    field: 'dataDir',
    wayOut: 'Bring the folder back, or remove the link to begin with an empty database.',
  })
}

function unreachable(folder: string, account: Account | undefined): Problem {
  return new Problem('data_dir_unreachable', `user ${account?.uid ?? 'ourselves'} may not enter ${folder}`, {
    field: 'dataDir',
    wayOut: 'Choose a data directory whose parents everybody may enter, such as /var/lib/quorate.',
  })
}
