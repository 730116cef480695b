import { Command } from 'commander'
import { Scope } from '../contract/index.ts'
import type { Access } from '../http/index.ts'
import { Problem } from '../kernel/index.ts'
import { oneOf, read } from './arguments.ts'
import { type ConfigFlags, configOf, withConfig } from './config-flags.ts'
import { ago, type Format, print, printable, table, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConfigFlags {
  readonly output: Format
  readonly scope: readonly Scope[]
}

/** `quorate key …`: API keys, straight in the node's database. */
export function keyCommands(shell: Shell): Command {
  const create = new Command('create')
    .description('make a key; prints it, the only time')
    .argument('<name>', 'what people call it')
    .requiredOption(
      '-s, --scope <scope>',
      `what it may do: ${Scope.options.join(', ')}; may be repeated`,
      scopes,
    )
    .action((name: string, flags: Flags) => createKey(shell, name, flags))
  const list = new Command('list')
    .alias('ls')
    .description('list keys; they themselves are stored nowhere')
    .action((flags: Flags) => listKeys(shell, flags))
  const revoke = new Command('revoke')
    .description('end a key; a running node notices within seconds')
    .argument('<id>', 'id of the key', read.id)
    .action((id: string, flags: Flags) => revokeKey(shell, id, flags))
  return new Command('key')
    .description('API keys')
    .addCommand(withConfig(create))
    .addCommand(withConfig(withFormat(list)))
    .addCommand(withConfig(revoke))
}

const scopes = (text: string, before: readonly Scope[] = []): readonly Scope[] => [
  ...before,
  oneOf(text, Scope.options),
]

async function createKey(shell: Shell, name: string, flags: Flags): Promise<void> {
  const { key, principal } = await withKeys(shell, flags, (access) =>
    access.create({ name, scopes: flags.scope }),
  )
  shell.terminal.talk(
    `Key ${principal.id} for "${name}" may: ${principal.scopes.join(', ')}. It is shown only now:`,
  )
  shell.terminal.data(key.reveal())
}

async function listKeys(shell: Shell, flags: Flags): Promise<void> {
  const keys = await withKeys(shell, flags, (access) => access.list())
  print(shell, flags.output, keys, () => {
    const rows = keys.map(({ id, name, scopes: may, createdAt, lastUsedAt, revokedAt }) => [
      id,
      printable(name),
      may.join(' '),
      ago(shell, createdAt.toISOString()),
      ago(shell, lastUsedAt?.toISOString() ?? null),
      revokedAt ? 'revoked' : 'works',
    ])
    return table(shell, ['id', 'name', 'may', 'made', 'used', 'state'], rows)
  })
}

async function revokeKey(shell: Shell, id: string, flags: Flags): Promise<void> {
  const revoked = await withKeys(shell, flags, (access) => access.revoke(id))
  if (!revoked) {
    throw new Problem('not_found', `There is no working key ${id}`, { wayOut: 'See: quorate key list.' })
  }
  shell.terminal.talk(`Revoked ${id}.`)
}

async function withKeys<T>(shell: Shell, flags: Flags, work: (access: Access) => Promise<T>): Promise<T> {
  const { withAccess } = await import('../app/index.ts')
  return withAccess((await configOf(flags, shell)).config, work)
}
