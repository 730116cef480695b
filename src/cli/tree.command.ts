import { Command } from 'commander'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { type Format, print, withFormat } from './format.ts'
import type { Shell } from './shell.ts'
import { treeLines } from './tree-lines.ts'
import { watchTree } from './tree-watch.ts'

interface Flags extends ConnectionFlags {
  readonly output: Format
  readonly watch?: true
}

/** `quorate tree`: the running supervision tree of the node that answers. */
export function treeCommand(shell: Shell): Command {
  const command = new Command('tree')
    .description('draw the supervision tree of the running node')
    .option('-w, --watch', 'go on and show each restart as it happens')
    .action((flags: Flags) => tree(shell, flags))
  return withConnection(withFormat(command))
}

async function tree(shell: Shell, flags: Flags): Promise<void> {
  const { client } = connect(flags, shell)
  if (flags.watch) return watchTree(shell, client, flags.output)
  const reply = await client.node.tree()
  print(shell, flags.output, reply, () => treeLines(reply.root, shell.terminal.paintData).join('\n'))
}
