import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Clock } from '../kernel/index.ts'
import { linesOf } from './lines.ts'
import { killGroup } from './process-group.ts'

/** A shell command and the limits it runs under. */
export interface CommandOptions {
  readonly command: string
  readonly directory: string
  /** The whole environment; nothing is added. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Beyond it the command and all its children are killed. */
  readonly timeoutMs: number
  /** From the polite signal to the one that cannot be refused. */
  readonly killGraceMs: number
  /** Stops the command. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The process group exists; told before it can have written anything. */
  readonly onStart?: ((pid: number) => void) | undefined
  /** Takes a line of output; while its promise is pending the command's pipe fills and stops it. */
  readonly onLine: (stream: 'stdout' | 'stderr', text: string) => Promise<void>
}

/** How a command ended. `code` is the shell's exit code. */
export type CommandOutcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'stopped' }

/** Pipes that a runaway grandchild still holds open are closed after this. */
const PIPE_GRACE_MS = 2_000

/**
 * Runs a command in the platform's shell, in a process group of its own.
 *
 * Whatever way it ends, no process of its group is left: those that outlive the shell are
 * killed. (A process that leaves the group on purpose is out of reach.) Each
 * stream's lines keep their order. Rejects when there is no shell.
 */
export async function runCommand(options: CommandOptions): Promise<CommandOutcome> {
  if (options.signal.aborted) return { kind: 'stopped' }
  const { child, group } = await startShell(options)
  const guard = guarded(group, options)
  try {
    options.onStart?.(group)
    const [outcome] = await Promise.all([
      ended(child, group, options.clock),
      drain(child.stdout, (text) => options.onLine('stdout', text)),
      drain(child.stderr, (text) => options.onLine('stderr', text)),
    ])
    return guard.reason() ?? outcome
  } finally {
    guard.release()
    killGroup(group, 'SIGKILL')
  }
}

type Shell = ChildProcessByStdio<null, Readable, Readable>

async function startShell({ command, directory, env }: CommandOptions) {
  const child: Shell = spawn(command, {
    shell: true,
    cwd: directory,
    env,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  await once(child, 'spawn')
  return { child, group: child.pid as number }
}

/** Watches time limit and stop signal; either asks the group to end, then insists. */
function guarded(group: number, { clock, timeoutMs, killGraceMs, signal }: CommandOptions) {
  let reason: CommandOutcome | undefined
  let timer = clock.after(timeoutMs, () => end({ kind: 'timed_out' }))
  const end = (because: CommandOutcome): void => {
    if (reason !== undefined) return
    reason = because
    timer.cancel()
    killGroup(group, 'SIGTERM')
    timer = clock.after(killGraceMs, () => killGroup(group, 'SIGKILL'))
  }
  const stop = (): void => end({ kind: 'stopped' })
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const release = (): void => {
    timer.cancel()
    signal.removeEventListener('abort', stop)
  }
  return { reason: () => reason, release }
}

/** Waits for the shell, then clears away what it left running and what still holds its pipes. */
async function ended(child: Shell, group: number, clock: Clock): Promise<CommandOutcome> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  killGroup(group, 'SIGKILL')
  const timer = clock.after(PIPE_GRACE_MS, () => {
    child.stdout.destroy()
    child.stderr.destroy()
  })
  child.once('close', () => timer.cancel())
  return code === null ? { kind: 'killed', by: signal ?? 'unknown' } : { kind: 'exited', code }
}

async function drain(pipe: Readable, onLine: (text: string) => Promise<void>): Promise<void> {
  try {
    for await (const line of linesOf(pipe)) await onLine(line)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause
  }
}
