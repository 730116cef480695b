import { Command } from 'commander'
import type { BuildState, BuildView, Platform } from '../contract/index.ts'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { ago, type Format, print, printable, table, withFormat } from './format.ts'
import type { Paint } from './output.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly state?: BuildState
  readonly platform?: Platform
  readonly limit: number
  readonly output: Format
}

/** `quorate build list`: newest first. */
export function listCommand(shell: Shell): Command {
  const command = new Command('list')
    .alias('ls')
    .description('list builds, newest first')
    .option('-s, --state <state>', 'only builds in this state', read.state)
    .option('-p, --platform <platform>', 'only builds for this platform', read.platform)
    .option('-l, --limit <number>', 'most builds to list', read.whole(1, 500), 20)
    .action((flags: Flags) => list(shell, flags))
  return withConnection(withFormat(command))
}

async function list(shell: Shell, flags: Flags): Promise<void> {
  const { state, platform, limit, output } = flags
  const { builds } = await connect(flags, shell).client.builds.list({ state, platform, limit })
  print(shell, output, builds, () => {
    const rows = builds.map((build) => row(shell, build))
    return table(shell, ['id', 'state', 'platform', 'name', 'worker', 'submitted'], rows)
  })
}

function row(shell: Shell, build: BuildView): readonly string[] {
  const { id, state, platform, name, worker_name: worker, submitted_at: submitted } = build
  return [
    id,
    paintState(shell.terminal.paintData, state),
    platform,
    printable(name ?? '-'),
    printable(worker ?? '-'),
    ago(shell, submitted),
  ]
}

/** A state in the colour that the dashboard gives it. */
export function paintState(paint: Paint, state: BuildState): string {
  if (state === 'completed') return paint.green(state)
  if (state === 'failed') return paint.red(state)
  return state === 'cancelled' ? paint.dim(state) : paint.cyan(state)
}
