import { Command } from 'commander'
import type { BuildView } from '../contract/index.ts'
import { formatSize } from '../kernel/index.ts'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { ago, type Format, print, printable, withFormat } from './format.ts'
import { paintState } from './list.command.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly output: Format
}

/** `quorate build status <id>`. */
export function statusCommand(shell: Shell): Command {
  const command = new Command('status')
    .description('show one build')
    .argument('<id>', 'id of the build', read.id)
    .action((id: string, flags: Flags) => status(shell, id, flags))
  return withConnection(withFormat(command))
}

async function status(shell: Shell, id: string, flags: Flags): Promise<void> {
  const build = await connect(flags, shell).client.builds.get(id)
  print(shell, flags.output, build, () => described(shell, build))
}

function described(shell: Shell, build: BuildView): string {
  const { bold } = shell.terminal.paintData
  const { artifact, source } = build
  const facts: readonly (readonly [string, string | null])[] = [
    ['id', build.id],
    ['state', paintState(shell.terminal.paintData, build.state)],
    ['platform', build.platform],
    ['name', build.name && printable(build.name)],
    ['attempt', `${build.attempt} of ${build.attempts_max}`],
    ['worker', build.worker_name && printable(build.worker_name)],
    ['progress', build.progress === null ? null : `${build.progress}%`],
    ['source', `${formatSize(source.bytes)}, sha256 ${source.sha256}`],
    ['submitted', ago(shell, build.submitted_at)],
    ['started', ago(shell, build.started_at)],
    ['finished', ago(shell, build.finished_at)],
    [
      'artefact',
      artifact && `${printable(artifact.name)}, ${formatSize(artifact.bytes)}, sha256 ${artifact.sha256}`,
    ],
    ['error', build.error && printable(build.error)],
  ]
  return facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${bold(name.padEnd(10))} ${value}`)
    .join('\n')
}
