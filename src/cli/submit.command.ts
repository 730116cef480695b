import { Command } from 'commander'
import type { Platform } from '../contract/index.ts'
import { count, formatSize } from '../kernel/index.ts'
import { read } from './arguments.ts'
import { type Connection, type ConnectionFlags, connect, withConnection } from './connection.ts'
import { platformHere } from './platform-here.ts'
import { progressBar } from './progress.ts'
import { type Shell, stoppable } from './shell.ts'
import type { Source } from './source.ts'
import { watchBuild } from './watch.ts'

interface Flags extends ConnectionFlags {
  readonly platform?: Platform
  readonly name?: string
  readonly priority?: number
  readonly all?: true
  readonly watch?: true
  readonly timeout?: number
}

/** `quorate build submit <dir>`: packs, sends, and with `--watch` follows to the end. */
export function submitCommand(shell: Shell): Command {
  const command = new Command('submit')
    .description('pack a folder (or take a zip as it is) and submit it; prints the id of the build')
    .argument('<dir>', 'folder to pack, without what .gitignore leaves out, .git and node_modules')
    .option(
      '-p, --platform <platform>',
      'platform to build on (default: the one of this machine)',
      read.platform,
    )
    .option('-n, --name <name>', 'what people call this build')
    .option('--priority <number>', 'higher goes first', read.whole(-1_000, 1_000))
    .option('--all', 'pack everything, also what is ignored')
    .option('-w, --watch', 'follow the log to the end; exit with the outcome of the build')
    .option(
      '--timeout <duration>',
      'stop watching after this long, exit 124; the build goes on',
      read.duration,
    )
    .addHelpText('after', HELP)
    .action((directory: string, flags: Flags) => submit(shell, directory, flags))
  return withConnection(command)
}

async function submit(shell: Shell, directory: string, flags: Flags): Promise<void> {
  const connection = connect(flags, shell)
  const id = await send(shell, connection, directory, flags)
  shell.terminal.data(id)
  if (flags.watch) shell.endWith(await watchBuild(shell, connection.client, id, flags.timeout))
  else shell.terminal.talk(`Follow it with: quorate build logs ${id} -f`)
}

async function send(shell: Shell, { client }: Connection, directory: string, flags: Flags): Promise<string> {
  const { signal, release } = stoppable(shell)
  const { packSource } = await import('./source.ts')
  const source = await packSource(shell, directory, { all: flags.all === true, signal })
  try {
    const { platform = platformHere(), name = source.name, priority } = flags
    const bar = progressBar(shell.terminal, 'Uploading')
    const file = { name: `${source.name}.zip`, bytes: source.bytes, content: source.open() }
    const onProgress = bar.update
    const reply = await client.builds.submit({ source: file, platform, name, priority, onProgress, signal })
    bar.end()
    shell.terminal.talk(sent(source, platform))
    return reply.id
  } finally {
    release()
    await source.remove()
  }
}

function sent({ files, bytes }: Source, platform: Platform): string {
  const what = files === undefined ? 'the archive' : count(files, 'file')
  return `Submitted ${what} (${formatSize(bytes)}) for ${platform}.`
}

const HELP = `
Examples:
  quorate build submit .
  quorate build submit app --platform ios --name nightly --watch
  id=$(quorate build submit .) && quorate build logs "$id" -f`
