import { Command } from 'commander'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { logLine } from './log-line.ts'
import { type Shell, stoppable } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly follow?: true
  readonly tail?: number
  readonly times?: true
}

/** `quorate build logs <id>`: prints a log, and with `-f` what is still to come. */
export function logsCommand(shell: Shell): Command {
  const command = new Command('logs')
    .description('print the log of a build')
    .argument('<id>', 'id of the build', read.id)
    .option('-f, --follow', 'go on until the build ends')
    .option('-t, --tail <lines>', 'begin with the last lines', read.whole(1, 1_000_000))
    .option('--times', 'say when each line was written')
    .action((id: string, flags: Flags) => logs(shell, id, flags))
  return withConnection(command)
}

async function logs(shell: Shell, id: string, flags: Flags): Promise<void> {
  const { client } = connect(flags, shell)
  const lines = await client.builds.logs(id, { tail: flags.tail })
  for (const line of lines) shell.terminal.data(logLine(shell, line, flags.times))
  if (!flags.follow) return
  const { signal, release } = stoppable(shell)
  try {
    for await (const line of client.builds.followLogs(id, { after: lines.at(-1)?.seq, signal })) {
      shell.terminal.data(logLine(shell, line, flags.times))
    }
  } finally {
    release()
  }
}
