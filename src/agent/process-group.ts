import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Sends a signal to every process of a group; on Windows, which has no groups, ends the
 * whole tree at once. A group that is gone already is no error.
 */
export function killGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(group), '/t', '/f'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => {},
    )
    return
  }
  try {
    process.kill(-group, signal)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH' && !isDying(cause)) throw cause
  }
}

/** macOS answers EPERM while a group's last process is a zombie. */
const isDying = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'EPERM'

/** Which process a number meant, since numbers are used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in words of the platform; empty where that cannot be learnt. */
  readonly started: string
}

/** Who has this process number now; nothing when nobody has. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return { pid, started: startOf(pid) }
}

/** True while that very process lives, and not merely another with its number. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** Source: proc(5), field 22 of `stat`, counted behind the parenthesised name; elsewhere `ps`. */
function startOf(pid: number): string {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`
  } catch {
    return ''
  }
}
