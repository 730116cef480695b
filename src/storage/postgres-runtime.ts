import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readlink, rename, symlink } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Problem } from '../kernel/index.ts'
import type { Account } from './postgres-account.ts'
import type { PostgresPrograms } from './postgres-programs.ts'

/** Programs that are known to run, and how. */
export interface PostgresRuntime {
  readonly binDir: string
  readonly major: number
  readonly account: Account | undefined
  /** Complete: nothing of our own environment reaches the server. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Makes programs runnable for `account`, with what is missing put into
 * `folder`, never into node_modules: the links between shared libraries, and a
 * copy of all of it (60 MB) when the account may not enter where npm put it.
 */
export async function prepareRuntime(
  programs: PostgresPrograms,
  account: Account | undefined,
  folder: string,
): Promise<PostgresRuntime> {
  const inPlace = await linked(programs, account, join(folder, 'lib'))
  const tried = majorVersion(inPlace)
  if (typeof tried === 'number') return { ...inPlace, major: tried }
  if (programs.native === undefined || tried.code !== 'EACCES') throw unusable(programs, tried.message)
  const native = await copied(programs.native, folder)
  const copy = await linked({ native, binDir: join(native, 'bin') }, account, join(folder, 'lib'))
  const triedCopy = majorVersion(copy)
  if (typeof triedCopy !== 'number') throw unusable(programs, triedCopy.message)
  return { ...copy, major: triedCopy }
}

type Untried = Omit<PostgresRuntime, 'major'>

async function linked(
  programs: PostgresPrograms,
  account: Account | undefined,
  folder: string,
): Promise<Untried> {
  const { binDir, native } = programs
  const env = { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' }
  if (native === undefined) return { binDir, account, env }
  await mkdir(folder, { recursive: true, mode: 0o755 })
  for (const { source, target } of await missingLinks(native)) {
    await pointTo(join(native, relative('native', source)), join(folder, basename(target)))
  }
  const libraries = `${folder}:${join(native, 'lib')}`
  return { binDir, account, env: { ...env, LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries } }
}

/** Other nodes may be starting from the same folder, so a link is replaced in one step. */
async function pointTo(file: string, link: string): Promise<void> {
  if ((await readlink(link).catch(() => undefined)) === file) return
  await symlink(file, `${link}.${process.pid}`)
  await rename(`${link}.${process.pid}`, link)
}

/** The package lists the links that its install script would make. */
async function missingLinks(native: string): Promise<{ source: string; target: string }[]> {
  try {
    return JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  } catch {
    return []
  }
}

/** Copies once per version of the package; the list of links comes last and marks a whole copy. */
async function copied(native: string, folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'))
  const copy = join(folder, `runtime-${version}`)
  const links = join(native, 'pg-symlinks.json')
  if (!existsSync(join(copy, basename(links)))) {
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => source !== links })
    await cp(links, join(copy, basename(links)))
  }
  return copy
}

function majorVersion(runtime: Untried): number | { code: string; message: string } {
  const { account, env, binDir } = runtime
  const tried = spawnSync(join(binDir, 'postgres'), ['--version'], {
    ...account,
    env,
    cwd: '/',
    encoding: 'utf8',
  })
  const major = /(\d+)/.exec(tried.stdout ?? '')?.[1]
  if (tried.status === 0 && major !== undefined) return Number(major)
  const code = tried.error !== undefined && 'code' in tried.error ? String(tried.error.code) : ''
  return { code, message: tried.error?.message ?? tried.stderr.trim() }
}

function unusable(programs: PostgresPrograms, why: string): Problem {
  return new Problem(
    'embedded_postgres_unusable',
    `the PostgreSQL in ${programs.binDir} does not run: ${why}`,
    {
      wayOut: 'Set DATABASE_URL to a PostgreSQL of yours, or install one with the system packages.',
    },
  )
}
