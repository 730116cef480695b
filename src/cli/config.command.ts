import { Command } from 'commander'
import type { LoadedConfig } from '../app/index.ts'
import { Secret } from '../kernel/index.ts'
import { type ConfigFlags, configOf, withListening } from './config-flags.ts'
import { type Format, print, table, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConfigFlags {
  readonly output: Format
  readonly sources?: true
}

/** `quorate config show|schema`. */
export function configCommands(shell: Shell): Command {
  const show = new Command('show')
    .description('print the configuration as a node would see it; secrets are masked')
    .option('--sources', 'say who set each value, and what it is for')
    .action((flags: Flags) => showConfig(shell, flags))
  const schema = new Command('schema')
    .description('print the JSON Schema of quorate.toml')
    .action(async () => {
      const { configJsonSchema } = await import('../app/index.ts')
      shell.terminal.data(JSON.stringify(configJsonSchema(), null, 2))
    })
  return new Command('config')
    .description('what a node would be configured with')
    .addCommand(withListening(withFormat(show)))
    .addCommand(schema)
}

async function showConfig(shell: Shell, flags: Flags): Promise<void> {
  const { configOptions } = await import('../app/index.ts')
  const loaded = await configOf(flags, shell)
  const rows = configOptions().map(({ path, description }) => ({
    option: path,
    value: valueAt(loaded, path),
    source: loaded.sources.get(path) ?? 'default',
    description,
  }))
  print(shell, flags.output, rows, () =>
    table(
      shell,
      flags.sources ? ['option', 'value', 'source', 'meaning'] : ['option', 'value'],
      rows.map(({ option, value, source, description }) => {
        const cells = [option, shown(value)]
        return flags.sources ? [...cells, source, description] : cells
      }),
    ),
  )
}

function valueAt({ config }: LoadedConfig, path: string): unknown {
  const parts = path.split('.')
  return parts.reduce<unknown>(
    (value, part) => (value as Record<string, unknown> | undefined)?.[part],
    config,
  )
}

/** A `Secret` says that it is one. */
function shown(value: unknown): string {
  if (value === undefined) return '-'
  return value instanceof Secret ? value.toString() : `${value as string | number}`
}
