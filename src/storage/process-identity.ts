import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** True while a process with this id exists, whoever owns it; false once it is only a zombie. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return statOf(pid)?.state !== 'Z'
}

/**
 * Tells a process from a later one with the same id: when it started, as text
 * without spaces. `undefined` when it is gone.
 */
export function startOf(pid: number): string | undefined {
  const stat = statOf(pid)
  if (stat !== undefined) return stat.startTicks
  return psField(pid, 'lstart')?.replaceAll(/[^A-Za-z0-9]+/g, '')
}

/** The command line of a process; `undefined` when it is gone. */
export function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return psField(pid, 'command')
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; field 2, the name, may hold spaces and brackets. */
function statOf(pid: number): { state: string; startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

/** Systems without /proc. */
function psField(pid: number, field: string): string | undefined {
  try {
    const text = execFileSync('/bin/ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' })
    return text.trim() || undefined
  } catch {
    return undefined
  }
}
