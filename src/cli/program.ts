import { createRequire } from 'node:module'
import { Command } from 'commander'
import { buildCommands } from './build.command.ts'
import { configCommands } from './config.command.ts'
import { doctorCommand } from './doctor.command.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { failureLine } from './failure.ts'
import { keyCommands } from './key.command.ts'
import { migrateCommands } from './migrate.command.ts'
import type { Shell } from './shell.ts'
import { devCommand, startCommand } from './start.command.ts'
import { topCommand } from './top.command.ts'
import { treeCommand } from './tree.command.ts'
import { workerCommand } from './worker.command.ts'
import { workersCommand } from './workers.command.ts'

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string }

/** Runs one command line; returns the exit code. Never rejects. */
export async function run(args: readonly string[], world: Omit<Shell, 'endWith'>): Promise<number> {
  let code: number = EXIT.ok
  const shell: Shell = { ...world, endWith: (wanted) => (code = wanted) }
  try {
    await program(shell).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    const line = failureLine(error)
    if (line !== undefined) shell.terminal.talk(line)
    if (shell.env['QUORATE_DEBUG'] && error instanceof Error) shell.terminal.talk(error.stack ?? '')
    return exitCodeOf(error)
  }
}

/** The whole command line. */
function program(shell: Shell): Command {
  const { terminal } = shell
  const root = new Command('quorate')
    .description('Hands out work to machines nobody fully controls, and makes sure that it is done.')
    .version(version, '-V, --version')
    .addHelpText('after', HELP)
  const commands = [
    startCommand(shell),
    devCommand(shell),
    workerCommand(shell),
    buildCommands(shell),
    workersCommand(shell),
    treeCommand(shell),
    topCommand(shell),
    doctorCommand(shell),
    configCommands(shell),
    keyCommands(shell),
    migrateCommands(shell),
  ]
  for (const command of commands) root.addCommand(command)
  for (const command of everyCommand(root)) {
    command
      .helpCommand(false)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => terminal.data(text.trimEnd()),
        writeErr: (text) => terminal.talk(text.trimEnd()),
        outputError: () => undefined,
      })
  }
  return root
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

const HELP = `
Examples:
  quorate start                                     a node with its own database on port 4000
  quorate worker --exec "npm ci && npm test && npm pack" --artifact "*.tgz"
  quorate build submit . --watch                    packs this folder, follows its build
  quorate build download <id>

Clients read QUORATE_URL (default http://localhost:4000) and QUORATE_API_KEY.
Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 conflict, 124 timeout, 130 interrupted.`
