import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Agent, AgentOptions } from '../agent/index.ts'
import type { Platform } from '../contract/index.ts'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { platformHere } from './platform-here.ts'
import { type Shell, stoppable } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly exec: string
  readonly artifact: readonly string[]
  readonly platform?: readonly Platform[]
  readonly name: string
  readonly timeout: number
  readonly heartbeat: number
  readonly workDir?: string
  readonly drain?: true
}

/** `quorate worker`: builds what the farm hands out, until it is asked to stop. */
export function workerCommand(shell: Shell): Command {
  const command = new Command('worker')
    .description('build what the farm hands out, one build at a time')
    .requiredOption('-e, --exec <command>', 'shell command that builds, run in the unpacked source')
    .requiredOption(
      '-a, --artifact <glob>',
      'files to hand in, zipped if several; may be repeated',
      read.several,
    )
    .option(
      '-p, --platform <names>',
      'platforms to build for (default: the one of this machine)',
      read.platforms,
    )
    .option('-n, --name <name>', 'what people call this worker', hostname())
    .addOption(
      new Option('--timeout <duration>', 'longest run of the command')
        .argParser(read.duration)
        .default(3_600_000, '1h'),
    )
    .addOption(
      new Option('--heartbeat <duration>', 'pause between signs of life; six missed ones lose the build')
        .argParser(heartbeat)
        .default(5_000, '5s'),
    )
    .option('--work-dir <folder>', 'folder of this worker alone (default: .quorate/worker-<name>)')
    .option('--drain', 'when asked to stop, finish the build first instead of giving it back')
    .addHelpText('after', HELP)
    .action((flags: Flags) => work(shell, flags))
  return withConnection(command)
}

/** What the farm accepts as a pause. */
const HEARTBEAT_MIN_MS = 100
const HEARTBEAT_MAX_MS = 60_000

function heartbeat(text: string): number {
  const ms = read.duration(text)
  if (ms >= HEARTBEAT_MIN_MS && ms <= HEARTBEAT_MAX_MS) return ms
  throw new InvalidArgumentError('Write a duration from 100ms to 1m.')
}

async function work(shell: Shell, flags: Flags): Promise<void> {
  const { startAgent } = await import('../agent/index.ts')
  const { createRuntime, formatReport } = await import('../otp/index.ts')
  const { tellAgentEvents } = await import('./worker-talk.ts')
  const { url, key, client } = connect(flags, shell)
  const runtime = createRuntime({
    clock: shell.clock,
    logger: (report) => shell.terminal.talk(formatReport(report)),
  })
  const options = agentOptions(shell, flags, { key, workers: client.workers })
  const silence = tellAgentEvents(shell, { name: flags.name, url, platforms: options.platforms })
  const stop = stoppable(shell)
  const agent = await startAgent(options, runtime)
  if (agent.leftovers > 0) shell.terminal.talk(`Removed what ${agent.leftovers} interrupted builds had left.`)
  const failure = await Promise.race([agent.failed, aborted(stop.signal)])
  stop.release()
  await endAgent(shell, agent, flags.drain === true)
  silence()
  if (failure !== undefined) throw failure
}

function agentOptions(
  { clock, cwd, env }: Shell,
  flags: Flags,
  farm: Pick<AgentOptions, 'key' | 'workers'>,
): AgentOptions {
  const folder = flags.name.replace(/[^A-Za-z0-9_.-]/g, '_')
  return {
    ...farm,
    workDir: resolve(cwd, flags.workDir ?? join('.quorate', `worker-${folder}`)),
    name: flags.name,
    platforms: flags.platform ?? [platformHere()],
    command: flags.exec,
    artifacts: flags.artifact,
    timeoutMs: flags.timeout,
    heartbeatMs: flags.heartbeat,
    env,
    clock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
  }
}

/** A second request to stop while a build is being finished gives it back at once. */
async function endAgent(shell: Shell, agent: Agent, drain: boolean): Promise<void> {
  const impatient = stoppable(shell)
  if (drain) shell.terminal.talk('Stopping after the build under way; ask again to give it back now.')
  const drained = drain ? agent.stop({ drain: true }) : undefined
  if (drained) await Promise.race([drained, aborted(impatient.signal)])
  if (!drained || impatient.signal.aborted) await agent.stop({ drain: false })
  impatient.release()
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}

const HELP = `
Examples:
  quorate worker --exec "npm ci && npm test && npm pack" --artifact "*.tgz"
  quorate worker --platform ios,android --exec ./build.sh --artifact "out/**/*.ipa" --timeout 30m

The command sees CI, QUORATE_BUILD_ID, QUORATE_ATTEMPT and QUORATE_PLATFORM, and never the key.
Two workers on one machine need two names or two --work-dir.`
