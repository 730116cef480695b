import { Command } from 'commander'
import { storageOptions } from '../app/index.ts'
import { type MigrationStatus, migrate, migrationStatus } from '../storage/index.ts'
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
    .action(async (flags: Flags) => show(shell, flags, await migrate(optionsOf(flags, shell))))
  const status = new Command('status')
    .description('say what is applied and what is pending; changes nothing')
    .action(async (flags: Flags) => show(shell, flags, await migrationStatus(optionsOf(flags, shell))))
  return new Command('migrate')
    .description('the schema of the database')
    .addCommand(withConfig(withFormat(up)))
    .addCommand(withConfig(withFormat(status)))
}

const optionsOf = (flags: Flags, shell: Shell) => storageOptions(configOf(flags, shell).config)

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
