import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Problem } from '../kernel/index.ts'

/** Who a child process runs as; PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Best first: a user made for PostgreSQL, then the one every system has. */
const NAMES = ['postgres', '_postgres', 'nobody']

/** The user a new server of root's runs as; `undefined` for everybody else, who run it themselves. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of NAMES) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Problem('no_server_account', 'PostgreSQL does not run as root, and there is no other user', {
    wayOut: 'Run quorate as a normal user, make a user called postgres, or set DATABASE_URL.',
  })
}

/** The user an existing server's folder belongs to, if that is not us. */
export async function ownerOf(folder: string): Promise<Account | undefined> {
  const { uid, gid } = await stat(folder)
  const self = process.getuid?.()
  if (self === undefined || self === uid) return undefined
  if (self === 0) return { uid, gid }
  throw new Problem('data_dir_foreign', `${folder} belongs to user ${uid}, and we run as ${self}`, {
    field: 'dataDir',
    wayOut: `Run quorate as user ${uid}, or choose another data directory.`,
  })
}

/** True when that user may go into the folder: tried, because modes are not the whole truth. */
export function canEnter(folder: string, account: Account | undefined): boolean {
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...account,
    cwd: '/',
    env: {},
    stdio: 'ignore',
  })
  return tried.status === 0
}
