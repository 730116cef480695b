import { ClientError } from '../client/index.ts'
import type { Job, LogLevel } from '../contract/index.ts'
import { count, err, formatDuration, formatSize, ok, type Result } from '../kernel/index.ts'
import { type AgentOptions, KILL_GRACE_MS } from './agent-options.ts'
import { type Artifact, collectArtifacts } from './artifacts.ts'
import { buildEnv } from './build-env.ts'
import { type CommandOutcome, runCommand } from './command.ts'
import { LastLines } from './last-lines.ts'
import { LogShipper } from './log-shipper.ts'
import { isLost, mayPass, type RetryContext, retrying } from './retry.ts'
import { fetchSource } from './source.ts'
import type { RunFolder } from './workspace.ts'

/** One attempt at one build. */
export interface Attempt {
  readonly job: Job
  readonly options: AgentOptions
  readonly folder: RunFolder
  /** Ends the attempt: the command is killed and nothing more is reported. */
  readonly signal: AbortSignal
}

/** How an attempt ended and was reported. */
export type AttemptOutcome =
  | { readonly state: 'completed'; readonly artifact: string; readonly bytes: number }
  | { readonly state: 'failed'; readonly error: string }

interface Run extends Attempt {
  readonly retry: RetryContext
  readonly say: (level: LogLevel, message: string) => Promise<void>
}

/**
 * Does a build from its source to its report. Whatever goes wrong with the build is reported as its
 * failure; rejects with the signal's reason when aborted, and with a `ClientError` when the
 * server takes no report (the build is not ours any more). The folder is left to the caller.
 */
export async function attemptBuild(attempt: Attempt): Promise<AttemptOutcome> {
  const { job, options, signal } = attempt
  const { clock, random, workers } = options
  const retry: RetryContext = { clock, random, signal }
  const shipper = new LogShipper({
    clock,
    batchMax: 50,
    batchMs: 250,
    heldMax: 1024 ** 2,
    send: async (lines) => {
      await retrying(retry, () => workers.pushLogs(job, lines, signal))
    },
  })
  const say = (level: LogLevel, message: string): Promise<void> => shipper.push({ level, message })
  const made = await make({ ...attempt, retry, say })
  await shipper.flush()
  signal.throwIfAborted()
  return retrying(retry, () =>
    made.ok ? handInOrAdmit(attempt, made.value) : admit(attempt, made.message ?? made.reason),
  )
}

/** Everything but the report. A machine that fails (a full disk) fails the build with its words. */
async function make(run: Run): Promise<Result<Artifact>> {
  try {
    return await makeArtifact(run)
  } catch (cause) {
    run.signal.throwIfAborted()
    if (!isSystemError(cause)) throw cause
    return err('worker_trouble', `The worker could not go on: ${cause.message}`)
  }
}

async function makeArtifact(run: Run): Promise<Result<Artifact>> {
  const { job, options, folder, retry, say } = run
  await folder.create()
  const order = { workers: options.workers, lease: job, sha256: job.source_sha256, folder, retry }
  const source = await fetchSource(order)
  if (!source.ok) return source
  const { entries, bytes } = source.value
  await say('info', `${options.name} unpacked the source: ${count(entries, 'file')}, ${formatSize(bytes)}`)
  const ran = await runBuildCommand(run)
  if (!ran.ok) return ran
  const made = await collectArtifacts(folder.tree, options.artifacts, folder.bundle)
  if (made.ok) await say('info', `Handing in ${made.value.name}, ${formatSize(made.value.bytes)}`)
  return made
}

async function runBuildCommand({ job, options, folder, signal, say }: Run): Promise<Result<void>> {
  const { command, timeoutMs, clock } = options
  await say('info', `$ ${command}`)
  const last = new LastLines()
  const startedMs = clock.monotonicMs()
  const outcome = await runCommand({
    command,
    directory: folder.tree,
    env: buildEnv(options.env, options.key, job),
    timeoutMs,
    killGraceMs: KILL_GRACE_MS,
    signal,
    clock,
    onStart: (group) => folder.noteGroup(group),
    onLine: (stream, text) => {
      last.add(text)
      return say(stream === 'stdout' ? 'info' : 'warn', text)
    },
  })
  signal.throwIfAborted()
  const took = formatDuration(clock.monotonicMs() - startedMs)
  const fault = faultOf(outcome, formatDuration(timeoutMs))
  if (fault !== undefined) return err('command_failed', [`The command ${fault}`, ...last.lines()].join('\n'))
  await say('info', `The command ended well after ${took}`)
  return ok()
}

function faultOf(outcome: CommandOutcome, limit: string): string | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0 ? undefined : `ended with exit code ${outcome.code}`
    case 'killed':
      return `was killed by ${outcome.by}`
    case 'timed_out':
      return `was stopped at its time limit of ${limit}`
    case 'stopped':
      return 'was stopped'
  }
}

async function handIn({ job, options, signal }: Attempt, artifact: Artifact): Promise<AttemptOutcome> {
  const { name, bytes } = artifact
  await options.workers.upload(job, { name, bytes, content: artifact.open() }, { signal })
  return { state: 'completed', artifact: name, bytes }
}

/** An artefact that the server will not have (too large, its disk full) fails the build. */
async function handInOrAdmit(attempt: Attempt, artifact: Artifact): Promise<AttemptOutcome> {
  try {
    return await handIn(attempt, artifact)
  } catch (cause) {
    if (!(cause instanceof ClientError) || isLost(cause) || mayPass(cause)) throw cause
    return admit(attempt, `The server refused the artefact ${artifact.name}: ${cause.message}`)
  }
}

async function admit({ job, options, signal }: Attempt, error: string): Promise<AttemptOutcome> {
  await options.workers.fail(job, error, signal)
  return { state: 'failed', error }
}

const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && (cause as NodeJS.ErrnoException).syscall !== undefined
