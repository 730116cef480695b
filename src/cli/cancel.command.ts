import { Command } from 'commander'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import type { Shell } from './shell.ts'

/** `quorate build cancel <id>`: a running worker is told by its next sign of life. */
export function cancelCommand(shell: Shell): Command {
  const command = new Command('cancel')
    .description('end a build that has not ended yet')
    .argument('<id>', 'id of the build', read.id)
    .action(async (id: string, flags: ConnectionFlags) => {
      await connect(flags, shell).client.builds.cancel(id)
      shell.terminal.talk(`Cancelled ${id}.`)
    })
  return withConnection(command)
}
