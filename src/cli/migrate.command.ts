import { Command } from 'commander'
import type { MigrationStatus } from '../storage/index.ts'
import { type ConfigFlags, configOf, withConfig } from './config-flags.ts'
import { type Format, print, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConfigFlags {
  readonly output: Format
}

/** `quorate migrate up|status`. */
export function migrateCommands(shell: Shell): Command {
  const up = new Command('up')
    .description('bring the schema of the database up to date')
    .action((flags: Flags) => schema(shell, flags, 'migrate'))
  const status = new Command('status')
    .description('say what is applied and what is pending; changes nothing')
    .action((flags: Flags) => schema(shell, flags, 'migrationStatus'))
  return new Command('migrate')
    .description('the schema of the database')
    .addCommand(withConfig(withFormat(up)))
    .addCommand(withConfig(withFormat(status)))
}

async function schema(shell: Shell, flags: Flags, verb: 'migrate' | 'migrationStatus'): Promise<void> {
  const storage = await import('../storage/index.ts')
  const { storageOptions } = await import('../app/index.ts')
  const { config } = await configOf(flags, shell)
  show(shell, flags, await storage[verb](storageOptions(config)))
}

function show(shell: Shell, flags: Flags, status: MigrationStatus): void {
  const { dim, green, yellow } = shell.terminal.paintData
  print(shell, flags.output, status, () =>
    [
      ...status.applied.filter((name) => !status.done.includes(name)).map((name) => dim(`applied  ${name}`)),
      ...status.done.map((name) => green(`done     ${name}`)),
      ...status.pending.map((name) => yellow(`pending  ${name}`)),
    ].join('\n'),
  )
}
