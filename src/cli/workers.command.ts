import { Command } from 'commander'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { ago, type Format, print, printable, table, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly output: Format
}

/** `quorate workers`: who builds. */
export function workersCommand(shell: Shell): Command {
  const command = new Command('workers')
    .description('list the workers')
    .action((flags: Flags) => workers(shell, flags))
  return withConnection(withFormat(command))
}

async function workers(shell: Shell, flags: Flags): Promise<void> {
  const list = await connect(flags, shell).client.workers.list()
  print(shell, flags.output, list, () => {
    const rows = list.map((worker) => [
      worker.id,
      printable(worker.name),
      worker.status,
      printable(worker.platforms.join(' ')) || 'any',
      worker.build_id ?? '-',
      ago(shell, worker.last_seen_at),
      `${worker.builds_completed}/${worker.builds_failed}`,
    ])
    return table(shell, ['id', 'name', 'status', 'platforms', 'build', 'seen', 'good/failed'], rows)
  })
}
