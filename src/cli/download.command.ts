import { Command } from 'commander'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { artifactOf, downloadTo, streamTo } from './download.ts'
import { type Shell, stoppable } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly output?: string
  readonly force?: true
}

/** `quorate build download <id>`: fetches what a build made, and checks it. */
export function downloadCommand(shell: Shell): Command {
  const command = new Command('download')
    .description('fetch what a build made; prints the path')
    .argument('<id>', 'id of the build', read.id)
    .option('-o, --output <file>', 'where to write it (default: its own name), - for standard output')
    .option('--force', 'overwrite another file of that name')
    .addHelpText('after', HELP)
    .action((id: string, flags: Flags) => download(shell, id, flags))
  return withConnection(command)
}

async function download(shell: Shell, id: string, flags: Flags): Promise<void> {
  const { client } = connect(flags, shell)
  const { signal, release } = stoppable(shell)
  const order = {
    shell,
    client,
    id,
    signal,
    force: flags.force === true,
    artifact: await artifactOf(client, id),
  }
  try {
    if (flags.output === '-') await streamTo(order)
    else shell.terminal.data(await downloadTo(order, flags.output))
  } finally {
    release()
  }
}

const HELP = `
A transfer that broke off is taken up again where it stopped. The file appears under its name
only when it is complete and its SHA-256 is right.`
