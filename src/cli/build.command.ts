import { Command } from 'commander'
import { cancelCommand } from './cancel.command.ts'
import { downloadCommand } from './download.command.ts'
import { listCommand } from './list.command.ts'
import { logsCommand } from './logs.command.ts'
import type { Shell } from './shell.ts'
import { statusCommand } from './status.command.ts'
import { submitCommand } from './submit.command.ts'

/** `quorate build …`: what submitters do. */
export function buildCommands(shell: Shell): Command {
  const build = new Command('build').description('submit builds, watch them, fetch what they made')
  const commands = [submitCommand, listCommand, statusCommand, logsCommand, downloadCommand, cancelCommand]
  for (const command of commands) build.addCommand(command(shell))
  return build
}
