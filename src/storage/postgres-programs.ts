import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Problem } from '../kernel/index.ts'

/** Where a PostgreSQL's programs are. */
export interface PostgresPrograms {
  /** Holds `postgres` and `initdb`. */
  readonly binDir: string
  /** Root of the npm package's files; its shared libraries lack links that an install script would make. */
  readonly native?: string
}

/** Those in `binDir`, else those shipped in npm, else those of this system. */
export function findPrograms(binDir?: string): PostgresPrograms {
  const found = binDir === undefined ? (bundledPrograms() ?? systemPrograms()) : { binDir }
  if (found !== undefined && existsSync(join(found.binDir, 'postgres'))) return found
  throw new Problem(
    'no_embedded_postgres',
    `no PostgreSQL for ${process.platform} ${process.arch} is installed`,
    {
      wayOut: 'Set DATABASE_URL to a PostgreSQL of yours, or install one with the system packages.',
    },
  )
}

/** Those of the optional npm package for this platform; `undefined` when npm did not install one. */
export function bundledPrograms(): PostgresPrograms | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const entry = from.resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const native = join(dirname(entry), '..', 'native')
    return { binDir: join(native, 'bin'), native }
  } catch {
    return undefined
  }
}

/** Folders in which packages of Linux distributions, Homebrew and MacPorts put server programs. */
const SYSTEM_PLACES: readonly (readonly [parent: string, below: string])[] = [
  ['/usr/lib/postgresql', 'bin'],
  ['/usr', 'bin'],
  ['/opt/homebrew/opt', 'bin'],
  ['/usr/local/opt', 'bin'],
  ['/opt/local/lib', 'bin'],
]

/** The newest server installed by the system's packages. */
export function systemPrograms(): PostgresPrograms | undefined {
  const binDirs = SYSTEM_PLACES.flatMap(([parent, below]) =>
    existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name, below)) : [],
  )
  const found = [...binDirs, '/usr/libexec/postgresql', '/usr/bin', '/usr/local/bin'].filter(
    (binDir) => existsSync(join(binDir, 'postgres')) && existsSync(join(binDir, 'initdb')),
  )
  const [newest] = found.toSorted((a, b) => majorOf(b) - majorOf(a))
  return newest === undefined ? undefined : { binDir: newest }
}

/** The major version of the programs in a folder, 0 when they do not run. */
export function majorOf(binDir: string): number {
  const { stdout } = spawnSync(join(binDir, 'postgres'), ['--version'], { encoding: 'utf8', env: {} })
  return Number(/(\d+)/.exec(stdout ?? '')?.[1] ?? 0)
}
