import { spawn } from 'node:child_process'
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../kernel/index.ts'
import type { PostgresHome } from './postgres-home.ts'
import { commandOf, isProcessAlive } from './process-identity.ts'
import { pause } from './wait.ts'

/** What a running server wrote into its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number
  /** Its socket's folder, or the address it listens on; not there yet while it starts. */
  readonly host: string | undefined
  readonly port: number
}

/** The server that runs on this home's data, if one does. */
export function runningPostmaster(home: PostgresHome): Postmaster | undefined {
  const [pid, , , port, socketFolder, address] = linesOf(pidFile(home))
  const running = Number(pid) > 0 && isProcessAlive(Number(pid)) && isOurs(Number(pid), home)
  return running
    ? { pid: Number(pid), port: Number(port), host: socketFolder || address || undefined }
    : undefined
}

/**
 * Makes a dead server's `postmaster.pid` harmless when its number now belongs
 * to another program, for which PostgreSQL would wait for ever. The file stays
 * (it names the shared memory that guards the data) with our number in it,
 * which PostgreSQL, our child, does not mistake for a server.
 */
export function disarmPidFile(home: PostgresHome): void {
  const file = pidFile(home)
  const [pid, ...rest] = linesOf(file)
  if (pid === undefined || !isProcessAlive(Number(pid)) || isOurs(Number(pid), home)) return
  const taken = `${file}.${process.pid}`
  renameSync(file, taken)
  // Another node may have started a server meanwhile: then this is its file, and goes back.
  if (linesOf(taken)[0] === pid) writeFileSync(taken, [process.pid, ...rest].join('\n'))
  linkSync(taken, file)
  rmSync(taken)
}

function pidFile(home: PostgresHome): string {
  return join(home.folder, 'data', 'postmaster.pid')
}

function isOurs(pid: number, home: PostgresHome): boolean {
  return commandOf(pid)?.includes(join(home.folder, 'data')) ?? true
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
  } catch {
    return []
  }
}

/** Longest path of a socket: 108 bytes on Linux, 104 on macOS, one of them a zero. */
const SOCKET_PATH_MAX = 103

/**
 * Starts a server and lets it outlive this process: after a crash of ours the
 * next start finds it running. Resolves with its exit code when it ends.
 */
export async function startPostmaster(
  home: PostgresHome,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly exited: Promise<number | null> }> {
  const log = openLog(join(home.folder, 'postgres.log'))
  const all = { ...(await listening(home)), log_timezone: 'UTC', timezone: 'UTC', ...settings }
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { binDir, account, env } = home.runtime
  const child = spawn(join(binDir, 'postgres'), ['-D', join(home.folder, 'data'), ...args], {
    ...account,
    env,
    cwd: home.folder,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  return {
    exited: new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    }),
  }
}

/** A socket that only this user may reach; a loopback port where its path would be too long. */
async function listening(home: PostgresHome): Promise<Record<string, string>> {
  const folder = join(home.folder, 'socket')
  const usable =
    process.platform !== 'win32' && Buffer.byteLength(`${folder}/.s.PGSQL.5432`) <= SOCKET_PATH_MAX
  if (usable) return { listen_addresses: '', unix_socket_directories: folder, port: '5432' }
  return { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(await freePort()) }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

const LOG_BYTES_MAX = 10 * 1024 * 1024

/** One older log is kept. */
function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(file, `${file}.1`)
  return openSync(file, 'a', 0o600)
}

/** The end of the server's log, for the message that says why it did not start. */
export function logTail(home: PostgresHome): string {
  return linesOf(join(home.folder, 'postgres.log')).filter(Boolean).slice(-4).join(' | ')
}

/** A fast shutdown takes as long as a checkpoint; after this the server is stopped without one. */
const FAST_SHUTDOWN_MS = 30_000
const LOOK_MS = 25

/** Stops a server and resolves when it is gone; nothing committed is lost either way. */
export async function stopPostmaster(home: PostgresHome, clock: Clock): Promise<void> {
  const running = runningPostmaster(home)
  if (running === undefined) return
  process.kill(running.pid, 'SIGINT')
  if (await isGone(home, running.pid, clock)) return
  process.kill(running.pid, 'SIGQUIT')
  await isGone(home, running.pid, clock)
}

async function isGone(home: PostgresHome, pid: number, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonicMs() + FAST_SHUTDOWN_MS
  while (clock.monotonicMs() < deadline) {
    if (runningPostmaster(home)?.pid !== pid) return true
    await pause(clock, LOOK_MS)
  }
  return false
}
