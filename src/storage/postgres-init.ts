import { execFile } from 'node:child_process'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newToken, Problem } from '../kernel/index.ts'
import type { Account } from './postgres-account.ts'
import type { PostgresPrograms } from './postgres-programs.ts'
import { type PostgresRuntime, prepareRuntime } from './postgres-runtime.ts'
import { EMBEDDED_USER } from './target.ts'

/**
 * Fills an empty folder: programs made runnable, a password, an initialised
 * cluster. Leaves nothing of it when it fails.
 */
export async function furnish(
  folder: string,
  account: Account | undefined,
  programs: PostgresPrograms,
  flags: readonly string[],
): Promise<void> {
  try {
    const runtime = await prepareRuntime(programs, account, folder)
    for (const name of ['data', 'socket']) await mkdir(join(folder, name), { mode: 0o700 })
    await writeFile(join(folder, 'password'), newToken(), { mode: 0o600 })
    if (account !== undefined) await giveTo(account, folder)
    await initdb(folder, runtime, flags)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function giveTo({ uid, gid }: Account, folder: string): Promise<void> {
  for (const name of ['data', 'socket', 'password']) await chown(join(folder, name), uid, gid)
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
