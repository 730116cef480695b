import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newId, newToken, Problem } from '../kernel/index.ts'
import { type Account, canEnter, ownerOf, serverAccount } from './postgres-account.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { type PostgresRuntime, prepareRuntime } from './postgres-runtime.ts'
import { runFolder } from './run-folder.ts'
import { EMBEDDED_USER } from './target.ts'

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
  const inside = await runFolder(dataDir, UNFINISHED)
  if (account === undefined || (await opened(inside, account))) {
    await furnish(inside, account, programs, flags)
    return await publish(() => rename(inside, link), inside)
  }
  await rm(inside, { recursive: true })
  const outside = join(SHARED_BASE, newId())
  await mkdir(outside, { recursive: true, mode: 0o711 })
  if (!(await opened(outside, account))) throw unreachable(outside, account)
  await furnish(outside, account, programs, flags)
  await publish(() => symlink(outside, link), outside)
}

/** Lets the account pass through (not look into) a folder of ours; false when it cannot get that far. */
async function opened(folder: string, account: Account): Promise<boolean> {
  await chmod(folder, 0o711)
  return canEnter(folder, account)
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

async function furnish(
  folder: string,
  account: Account | undefined,
  programs: PostgresPrograms,
  flags: readonly string[],
): Promise<void> {
  const runtime = await prepareRuntime(programs, account, folder)
  for (const name of ['data', 'socket']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'password'), newToken(), { mode: 0o600 })
  if (account !== undefined) {
    for (const name of ['data', 'socket', 'password'])
      await chown(join(folder, name), account.uid, account.gid)
  }
  await initdb(folder, runtime, flags)
}

/** Byte order that no upgrade of the system's libraries can change, UTF-8, and a password for every way in. */
async function initdb(folder: string, runtime: PostgresRuntime, flags: readonly string[]): Promise<void> {
  const { binDir, account, env, major } = runtime
  const builtin = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
  const args = [
    ...['-D', join(folder, 'data'), '-U', EMBEDDED_USER, '--encoding=UTF8', '--locale=C', ...builtin],
    ...['--auth=scram-sha-256', `--pwfile=${join(folder, 'password')}`, ...flags],
  ]
  try {
    await promisify(execFile)(join(binDir, 'initdb'), args, { ...account, env, cwd: folder })
  } catch (error) {
    throw initdbProblem(error, folder)
  }
}

function initdbProblem(error: unknown, folder: string): Problem {
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
  const full = /No space left/.test(output)
  return new Problem(
    full ? 'disk_full' : 'initdb_failed',
    `cannot set up a database in ${folder}: ${output}`,
    {
      field: 'dataDir',
      wayOut: full ? 'Free 100 MB on that disk.' : 'Choose another data directory, or set DATABASE_URL.',
    },
  )
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
