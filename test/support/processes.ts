import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The installed command, as a user runs it. */
const QUORATE = new URL('../../bin/quorate.js', import.meta.url).pathname

/** An operating-system process under test; killed with its whole group when the test ends. */
export interface Running {
  readonly pid: number
  /** What it wrote so far. */
  stdout(): string
  stderr(): string
  /** Signals this process alone, not its children. */
  kill(signal: NodeJS.Signals): void
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** Resolves with the match once either output contains it; rejects if it exits before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

/**
 * Starts `quorate …` with only the environment that is given, in its own process group;
 * `program` is another installation's command.
 */
export function quorate(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; program?: string } = {},
): Running {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? tmpdir(),
    NO_COLOR: '1',
    ...options.env,
  }
  const child = spawn(process.execPath, [options.program ?? QUORATE, ...args], {
    cwd: options.cwd,
    env,
    detached: true,
  })
  return running(child)
}

/** Watches a child process started in its own group (`detached`). */
export function running(child: ChildProcess): Running {
  const pid = child.pid
  if (pid === undefined) throw new Error('the process did not start')
  const output = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  const heard = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output[stream] += chunk.toString()
    for (const look of watchers) look()
  }
  child.stdout?.on('data', heard('stdout'))
  child.stderr?.on('data', heard('stderr'))
  const exited = new Promise<number | NodeJS.Signals>((done) => {
    child.once('close', (code, signal) => done(signal ?? code ?? -1))
  })
  onTestFinished(async () => {
    signalTo(-pid, 'SIGKILL')
    await exited
  })
  return {
    pid,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill: (signal) => signalTo(pid, signal),
    exited,
    says: (pattern) => said(pattern, output, watchers, exited),
  }
}

function said(
  pattern: RegExp,
  output: { stdout: string; stderr: string },
  watchers: Set<() => void>,
  exited: Promise<unknown>,
): Promise<RegExpExecArray> {
  return new Promise((found, missed) => {
    const look = (): void => {
      const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
      if (!match) return
      watchers.delete(look)
      found(match)
    }
    watchers.add(look)
    look()
    void exited.then((code) =>
      missed(new Error(`exited (${code}) before it said ${pattern}:\n${output.stderr}`)),
    )
  })
}

/** Signals a process, or with a negative id its group; one that is gone is fine. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A folder of this test, removed when it ends. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-'))
  // Root's database server is another user; it must get through, or it lives elsewhere and stays.
  await chmod(folder, 0o711)
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}
